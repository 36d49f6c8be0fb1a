using System.Collections.Immutable;

namespace Actors.Cluster;

/// <summary>What a receiver of streams got.</summary>
/// <param name="Streams">By machine and port.</param>
/// <param name="Connections">Connections that were taken.</param>
/// <param name="Refused">Connections that were refused for what came over them, or for want of room.</param>
internal sealed record ReceiverReport(ImmutableArray<StreamReport> Streams, long Connections, long Refused);

/// <summary>One stream.</summary>
/// <param name="Vm">Whose port.</param>
/// <param name="Port">Its name.</param>
/// <param name="Bytes">Length of the stream.</param>
/// <param name="BeginsAt">Position of the first byte that is here: 0, unless this receiver came in the middle.</param>
/// <param name="Sha256">Of the bytes from there on.</param>
/// <param name="File">Where they are, or null.</param>
/// <param name="Token">Of the last writer.</param>
/// <param name="Takeovers">Times that somebody with a higher token went on.</param>
/// <param name="RefusedTokens">Greetings and frames of writers that were no longer in office.</param>
/// <param name="RepeatedBytes">Bytes that came twice, and were dropped.</param>
/// <param name="Ended">True when the last writer said that it was done.</param>
/// <param name="Problem">The last trouble with keeping it, or null.</param>
internal sealed record StreamReport(
    int Vm,
    string Port,
    long Bytes,
    long BeginsAt,
    string Sha256,
    string? File,
    ulong Token,
    int Takeovers,
    long RefusedTokens,
    long RepeatedBytes,
    bool Ended,
    string? Problem);
