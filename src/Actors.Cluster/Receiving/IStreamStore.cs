using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Where a receiver keeps one stream. Calls are one at a time.</summary>
internal interface IStreamStore : IDisposable
{
    /// <summary>Bytes of the stream that are there, counted from its position 0.</summary>
    long Position { get; }

    /// <summary>Position of the first byte that is there.</summary>
    long BeginsAt { get; }

    /// <summary>The highest token that a claim has met.</summary>
    FencingToken Highest { get; }

    /// <summary>The file's name, or null.</summary>
    string? File { get; }

    /// <summary>A writer begins. Failed when the store knows of a higher token; Full when it can't now.</summary>
    /// <param name="fence">The writer's token.</param>
    /// <param name="beginsAt">Where the writer goes on, for a store that has nothing yet.</param>
    BackendResult Claim(FencingToken fence, long beginsAt);

    /// <summary>Takes bytes at the end.</summary>
    BackendResult Append(ReadOnlySpan<byte> data);

    /// <summary>Puts on the disk what was taken; false when that failed.</summary>
    bool TrySynchronize();

    /// <summary>SHA-256 of everything from <see cref="BeginsAt"/> on, in lower-case hexadecimal.</summary>
    string Hash();
}
