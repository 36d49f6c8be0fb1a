namespace Actors.DeviceModel;

/// <summary>A base address register of a user's PCI function. Sizing, moving, and the bits that a guest can't change are the emulator's business (PCI 3.0 clause 6.2.5).</summary>
/// <param name="Index">0 to 5; a 64-bit one takes the next as well.</param>
/// <param name="Space">What it decodes.</param>
/// <param name="Bytes">How much: a power of two, 4 to 4096 ports or 16 bytes to 256 MiB of memory.</param>
public readonly record struct OwnBar(int Index, OwnBarSpace Space, uint Bytes);

/// <summary>What a BAR decodes.</summary>
public enum OwnBarSpace
{
    /// <summary>I/O ports.</summary>
    Io,

    /// <summary>Memory below 4 GiB.</summary>
    Memory32,

    /// <summary>Memory anywhere: two registers.</summary>
    Memory64,
}
