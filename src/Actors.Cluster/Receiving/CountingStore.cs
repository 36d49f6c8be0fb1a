using System.Security.Cryptography;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Keeps nothing of a stream but its length and hash; may pass it on to a stream, such as standard output.</summary>
/// <param name="output">Where the bytes go, or null.</param>
internal sealed class CountingStore(Stream? output) : IStreamStore
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public long Position { get; private set; }

    /// <inheritdoc/>
    public long BeginsAt { get; private set; }

    /// <inheritdoc/>
    public FencingToken Highest { get; private set; }

    /// <inheritdoc/>
    public string? File => null;

    /// <inheritdoc/>
    public BackendResult Claim(FencingToken fence, long beginsAt)
    {
        if (fence < Highest)
            return IResumableBackend.Fenced("the stream", fence, Highest);
        Highest = fence;
        if (Position == 0)
            Position = BeginsAt = beginsAt;
        return new BackendResult(BackendStatus.Done);
    }

    /// <inheritdoc/>
    public BackendResult Append(ReadOnlySpan<byte> data)
    {
        try
        {
            output?.Write(data);
            output?.Flush();
        }
        catch (IOException nobody)
        {
            return new BackendResult(BackendStatus.Failed, 0, $"standard output can't be written: {nobody.Message}");
        }

        _hash.AppendData(data);
        Position += data.Length;
        return new BackendResult(BackendStatus.Done, data.Length);
    }

    /// <inheritdoc/>
    public bool TrySynchronize() => true;

    /// <inheritdoc/>
    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
