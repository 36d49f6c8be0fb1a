namespace Actors.Protocol;

/// <summary>A PCI address: bus 0-255, device (slot) 0-31, function 0-7. Shown as <c>0.3.0</c>.</summary>
public readonly record struct Bdf(byte Bus, byte Device, byte Function)
{
    /// <summary>The 16-bit requester id: bus in 15:8, device in 7:3, function in 2:0.</summary>
    public ushort RequesterId => (ushort)((Bus << 8) | ((Device & 0x1F) << 3) | (Function & 7));

    /// <summary>Splits a 16-bit requester id.</summary>
    public static Bdf FromRequesterId(ushort id) => new((byte)(id >> 8), (byte)((id >> 3) & 0x1F), (byte)(id & 7));

    /// <inheritdoc/>
    public override string ToString() => $"{Bus}.{Device}.{Function}";
}
