using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A backend that outlives the process which writes to it: its other end knows how much of a port's stream it has and who may go on with it, so that whoever
/// takes over goes on with exactly the next byte. A stream's positions count its bytes from 0, over all its writers.
/// Once somebody with a higher token took over, every write of this one is refused: Failed, with <see cref="FencedSentence"/>, and counted.
/// </summary>
internal interface IResumableBackend : IPortBackend
{
    /// <summary>Begins the error of a write that came too late.</summary>
    const string FencedSentence = "fenced: ";

    /// <summary>The token that its writes carry.</summary>
    FencingToken Fence { get; }

    /// <summary>Bytes of the stream that are surely there; null until that was found out, which is signalled as <see cref="BackendInterest.Connect"/>.</summary>
    long? Position { get; }

    /// <summary>Behind the last byte that may be there: what lies between <see cref="Position"/> and here is under way, and can't be taken back.</summary>
    long? SentUntil => Position;

    /// <summary>True when somebody with a higher token is known to have taken over.</summary>
    bool IsFenced { get; }

    /// <summary>
    /// A higher token than <see cref="Fence"/> that the other end knew before this writer was ever admitted: the one of a successor, or of a time that nobody remembers but the other end. Else none:
    /// a writer that had been admitted and is fenced then has a successor, for good.
    /// </summary>
    FencingToken Remembered => default;

    /// <summary>
    /// From now on its writes carry this token; nothing happens when it isn't higher. Where it is above <see cref="Remembered"/>, it asks to be admitted again, and goes on.
    /// </summary>
    void Raise(FencingToken fence)
    {
    }

    /// <summary>Writes that were refused for that.</summary>
    long FencedWrites { get; }

    /// <summary>
    /// Writes at a position. What of it is there already is skipped and counted as done (a repetition); what would leave a gap is Failed. Where the other end
    /// acknowledges, bytes are done when it did: until then the answer is WouldBlock, and the same bytes are to be offered again.
    /// </summary>
    /// <param name="position">Of the first byte.</param>
    /// <param name="data">The bytes; who keeps some back copies them.</param>
    BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data);

    /// <summary>Bytes behind those that wait for an acknowledgement, so that the way is never empty. False: no more now. They are to be written all the same.</summary>
    bool TrySendAhead(long position, ReadOnlySpan<byte> data) => false;

    /// <summary>The answer to a write that came too late.</summary>
    static BackendResult Fenced(string place, FencingToken mine, FencingToken theirs) => new(BackendStatus.Failed, 0, FencedBy(place, mine, theirs));

    /// <summary>The same as a sentence.</summary>
    static string FencedBy(string place, FencingToken mine, FencingToken theirs) =>
        $"{FencedSentence}{place} was taken over with {theirs}, this writer has {mine} and writes no more";

    /// <summary>What is known of a higher token that the other end remembers.</summary>
    static string RememberedBy(string place, FencingToken mine, FencingToken theirs) =>
        $"{FencedSentence}{place} remembers {theirs}, this writer has {mine}: it waits for a higher one";

    /// <summary>The answer to a write behind the end.</summary>
    static BackendResult Gap(string place, long have, long position) =>
        new(BackendStatus.Failed, 0, $"{place} has {have} bytes of the stream and the next ones are of position {position}: those between are lost");
}
