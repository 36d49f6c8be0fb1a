namespace Actors.DeviceModel;

/// <summary>What a base address register decodes.</summary>
internal enum PciBarKind : byte
{
    /// <summary>Not implemented: reads as 0.</summary>
    None,

    /// <summary>I/O ports.</summary>
    Io,

    /// <summary>32-bit memory.</summary>
    Memory32,

    /// <summary>64-bit memory; the next register is its upper half.</summary>
    Memory64,

    /// <summary>The upper half of the register before it.</summary>
    Memory64High,
}
