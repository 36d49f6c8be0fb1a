namespace Actors.Hypervisor;

/// <summary>Fields of a redirection entry of an IOAPIC (82093AA, 3.2.4).</summary>
internal static class RedirectionEntry
{
    public const ulong Level = 1 << 15;
    public const ulong Masked = 1 << 16;

    public static byte VectorOf(ulong entry) => (byte)entry;

    public static int DeliveryOf(ulong entry) => (int)(entry >> 8) & 7;

    public static bool IsLogical(ulong entry) => (entry & (1 << 11)) != 0;

    public static bool IsLevel(ulong entry) => (entry & Level) != 0;

    public static bool IsMasked(ulong entry) => (entry & Masked) != 0;

    public static byte DestinationOf(ulong entry) => (byte)(entry >> 56);
}
