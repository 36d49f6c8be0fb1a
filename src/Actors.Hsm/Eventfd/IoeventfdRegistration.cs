using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>One ioctl IOEVENTFD.</summary>
/// <param name="Id">Of the message; a repeat has the same.</param>
/// <param name="Flags">As they came.</param>
/// <param name="Cookie">The eventfd.</param>
/// <param name="Address">First byte.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Data">For data match.</param>
/// <param name="Listener">Who hears the doorbell.</param>
internal readonly record struct IoeventfdRegistration(long Id, IoeventfdFlags Flags, ulong Cookie, ulong Address, uint Length, ulong Data, object Listener)
{
    private const IoeventfdFlags Known = IoeventfdFlags.Pio | IoeventfdFlags.DataMatch | IoeventfdFlags.Deassign | IoeventfdFlags.Asyncio;

    public IoRequestType Type => (Flags & IoeventfdFlags.Pio) != 0 ? IoRequestType.PortIo : IoRequestType.Mmio;

    public bool IsDeassign => (Flags & IoeventfdFlags.Deassign) != 0;

    public bool WantsAsyncio => (Flags & IoeventfdFlags.Asyncio) != 0;

    public bool HasUnknownFlags => (Flags & ~Known) != 0;

    public bool IsDataMatch => (Flags & IoeventfdFlags.DataMatch) != 0;

    /// <summary>What a wildcard compares with is 0 and counts for nothing.</summary>
    public ulong MatchData => IsDataMatch ? Data : 0;
}
