namespace Actors.Protocol;

/// <summary>
/// Layouts of the byte runs of <see cref="MemoryHop"/>, all numbers little-endian, and their bounds. Own format, no source.
/// <list type="table">
/// <item><term>Writes</term><description>{address u64, length i32, bytes} one behind the other. An aligned write of 2 bytes is made in one piece.</description></item>
/// <item><term>Wants</term><description>reads: count u16, {address u64, length i32}; then rings: count u16, {size u16, flags u8, from u16, bytes i32, descriptors u64, available u64}.
/// <c>from</c> is the first available index whose chain isn't known yet, <c>bytes</c> how much of readable buffers may come.</description></item>
/// <item><term>Answer, a read</term><description>an extent: address u64, length i32, bytes; perhaps shorter than wanted; length <see cref="RefusedLength"/>: not RAM.</description></item>
/// <item><term>Answer, a ring</term><description>state u8 (1: read, 0: the ring isn't in RAM), flags u16, index u16, used_event u16, count of chains u16; then the chains from <c>from</c> on, each:
/// length i32 of what follows, extents: the ring's entry, each descriptor read, in the order of a walk, then readable bytes, as much as there was room for. Only the first chain may
/// lack bytes. A chain that can't be walked to its end has the extents up to the mistake: who walks it sees the mistake for itself.</description></item>
/// </list>
/// </summary>
public static class ExchangeSpec
{
    /// <summary>Of a write or an extent, before its bytes.</summary>
    public const int ExtentHeader = sizeof(ulong) + sizeof(int);

    /// <summary>Length of an extent that isn't RAM.</summary>
    public const int RefusedLength = -1;

    /// <summary>Ring flag: chains are wanted, not only the ring's words.</summary>
    public const byte RingWalk = 1;

    /// <summary>Ring flag: indirect descriptors were negotiated.</summary>
    public const byte RingIndirect = 2;

    /// <summary>Bytes of a ring in what is wanted.</summary>
    public const int RingBytes = 2 + 1 + 2 + 4 + 8 + 8;

    /// <summary>Bytes of a read in what is wanted.</summary>
    public const int ReadBytes = 12;

    /// <summary>Readable bytes that one answer brings, all rings together, beside what <see cref="LeastBytes"/> grants.</summary>
    public const int PrefetchBytes = 192 * 1024;

    /// <summary>Readable bytes that a ring's first chain may always bring, so that it goes on.</summary>
    public const int LeastBytes = 1024;

    /// <summary>Bytes of writes at which a turn's end closes a log: the next turn's go with the next exchange.</summary>
    public const int LogBytes = 32 * 1024;

    /// <summary>Bytes of one answer, at most: a run of the wire (<see cref="WireLimits.MaxRunBytes"/>), with what is read beside <see cref="PrefetchBytes"/>.</summary>
    public const int MaxAnswerBytes = 240 * 1024;

    /// <summary>Rings in one exchange, at most: those of a console with 16 ports and some more.</summary>
    public const int MaxRings = 64;

    /// <summary>Reads in one exchange, at most.</summary>
    public const int MaxReads = 256;

    /// <summary>Largest queue of a device whose guest is elsewhere.</summary>
    public const int MaxQueueSize = 1024;

    /// <summary>Largest record of a device.</summary>
    public const int MaxRecordBytes = 64 * 1024;
}
