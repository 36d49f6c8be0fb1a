namespace Actors.Protocol;

/// <summary>Address of a byte in configuration space, packed as an ECAM offset: bus 27:20, device 19:15, function 14:12, register 11:0.</summary>
public static class PciConfigAddress
{
    /// <summary>Packs function and register (0-4095).</summary>
    public static ulong Pack(Bdf function, int register) => ((ulong)function.RequesterId << 12) | (uint)(register & 0xFFF);

    /// <summary>The function part.</summary>
    public static Bdf FunctionOf(ulong address) => Bdf.FromRequesterId((ushort)(address >> 12));

    /// <summary>The register part, 0-4095.</summary>
    public static int RegisterOf(ulong address) => (int)(address & 0xFFF);
}
