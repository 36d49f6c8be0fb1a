using System.Globalization;

namespace Actors.Protocol;

/// <summary>A PCI address: bus 0-255, device (slot) 0-31, function 0-7. Shown as <c>0.3.0</c>.</summary>
public readonly record struct Bdf(byte Bus, byte Device, byte Function)
{
    /// <summary>The 16-bit requester id: bus in 15:8, device in 7:3, function in 2:0.</summary>
    public ushort RequesterId => (ushort)((Bus << 8) | ((Device & 0x1F) << 3) | (Function & 7));

    /// <summary>Splits a 16-bit requester id.</summary>
    public static Bdf FromRequesterId(ushort id) => new((byte)(id >> 8), (byte)((id >> 3) & 0x1F), (byte)(id & 7));

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Bdf function)
    {
        function = default;
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3 || !byte.TryParse(text[parts[0]], NumberStyles.None, CultureInfo.InvariantCulture, out var bus)
            || !byte.TryParse(text[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var device) || device > 31
            || !byte.TryParse(text[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > 7)
            return false;
        function = new Bdf(bus, device, index);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Bus}.{Device}.{Function}";
}
