using System.Collections.Immutable;

namespace Actors.Protocol;

/// <summary>
/// Between a device and guest RAM on another node. A device works on a window of what it was told of its rings; what it writes goes into a log. One exchange
/// at a time carries the log there, in order, and back what the device must know of the rings after it: so a kick costs one exchange that brings chains and their
/// bytes, and one that takes used elements and looks whether there is more. Layouts of the byte runs: <see cref="ExchangeSpec"/>.
/// <para>Repeated until answered. A repeated one writes nothing again; what it looks at is looked at anew, which does as well: the first answer that comes counts.</para>
/// </summary>
public static class MemoryHop
{
    /// <summary>Device to the VM's memory: apply, then look. Answered by <see cref="Exchanged"/>.</summary>
    /// <param name="Vm">Whose RAM.</param>
    /// <param name="Device">Whose exchange.</param>
    /// <param name="Epoch">The VM's, as the device knows it; an earlier one is refused.</param>
    /// <param name="Fence">Of the VM's owner; a lower one than the memory has seen is refused.</param>
    /// <param name="Life">Of the device model that the device belongs to, among those with the same token; a lower one is refused.</param>
    /// <param name="Sequence">Counts a life's exchanges from 1; each is applied once.</param>
    /// <param name="Writes">In order; empty for none.</param>
    /// <param name="Wants">What is to be looked at after them; empty for nothing.</param>
    /// <param name="Record">What a device model that takes over must know, as of these writes; stored with them. Empty: as before.</param>
    /// <param name="Ahead">Readable bytes that the device has, and that are on their way nowhere yet as far as <paramref name="Record"/> says.</param>
    public sealed record Exchange(
        VmId Vm,
        Bdf Device,
        uint Epoch,
        FencingToken Fence,
        ulong Life,
        ulong Sequence,
        ImmutableArray<byte> Writes,
        ImmutableArray<byte> Wants,
        ImmutableArray<byte> Record,
        int Ahead = 0) : IWireMessage;

    /// <summary>Memory to device: what was found after the writes.</summary>
    /// <param name="Vm">Whose RAM.</param>
    /// <param name="Device">Whose exchange.</param>
    /// <param name="Life">Of the exchange.</param>
    /// <param name="Sequence">Of the exchange.</param>
    /// <param name="Result">Whether it was applied.</param>
    /// <param name="Bytes">The answer to what was wanted; empty when refused.</param>
    public sealed record Exchanged(VmId Vm, Bdf Device, ulong Life, ulong Sequence, ExchangeResult Result, ImmutableArray<byte> Bytes) : IWireMessage;

    /// <summary>
    /// To a VM's memory, from whoever takes its devices over: from now on nobody with a lower token writes, and this is asked for once more with the same token gives the same. Answered by <see cref="Records"/>.
    /// </summary>
    public sealed record ReadRecords(VmId Vm, FencingToken Fence) : IWireMessage;

    /// <summary>Answer to <see cref="ReadRecords"/>.</summary>
    /// <param name="Vm">The VM.</param>
    /// <param name="Fence">Of the question.</param>
    /// <param name="Result">0; NoDevice when the VM's RAM isn't here; Stale when a higher token was seen.</param>
    /// <param name="Devices">What was stored, by place.</param>
    public sealed record Records(VmId Vm, FencingToken Fence, ExchangeResult Result, ImmutableArray<StoredRecord> Devices) : IWireMessage;
}

/// <summary>A device's record as it lies with the guest's RAM.</summary>
/// <param name="Device">Where the device sits.</param>
/// <param name="Epoch">The VM's epoch.</param>
/// <param name="Sequence">Of the exchange that brought it.</param>
/// <param name="Bytes">Only a device model can read them.</param>
/// <param name="Ahead">Readable bytes that the device had or was given since, at most: so much may have gone on of which the record knows nothing.</param>
public readonly record struct StoredRecord(Bdf Device, uint Epoch, ulong Sequence, ImmutableArray<byte> Bytes, long Ahead = 0);

/// <summary>What became of an exchange.</summary>
public enum ExchangeResult : byte
{
    /// <summary>Applied, now or before.</summary>
    Applied,

    /// <summary>Applied, but guest RAM refused a part of the writes.</summary>
    WriteRefused,

    /// <summary>Of an earlier owner, epoch or life: nothing was done, nor will be.</summary>
    Stale,

    /// <summary>The VM's RAM isn't here.</summary>
    NoMemory,

    /// <summary>Not as <see cref="ExchangeSpec"/> says: nothing was done.</summary>
    Malformed,
}
