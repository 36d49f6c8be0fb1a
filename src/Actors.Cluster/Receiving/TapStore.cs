using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Gives a stream to whoever judges its bytes, and keeps nothing.</summary>
internal sealed class TapStore(IStreamTap tap) : IStreamStore
{
    /// <inheritdoc/>
    public long Position { get; private set; }

    /// <inheritdoc/>
    public long BeginsAt => 0;

    /// <inheritdoc/>
    public FencingToken Highest { get; private set; }

    /// <inheritdoc/>
    public string? File => null;

    /// <inheritdoc/>
    public BackendResult Claim(FencingToken fence, long beginsAt)
    {
        if (fence < Highest)
            return IResumableBackend.Fenced("the stream", fence, Highest);
        tap.Claim(fence, fence > Highest && Position > 0);
        Highest = fence;
        return new BackendResult(BackendStatus.Done);
    }

    /// <inheritdoc/>
    public BackendResult Append(ReadOnlySpan<byte> data)
    {
        tap.Take(Highest, data);
        Position += data.Length;
        return new BackendResult(BackendStatus.Done, data.Length);
    }

    /// <inheritdoc/>
    public bool TrySynchronize() => true;

    /// <inheritdoc/>
    public string Hash() => "";

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

/// <summary>Judges the bytes of a stream; calls are one at a time.</summary>
internal interface IStreamTap
{
    /// <summary>A writer begins, or goes on.</summary>
    /// <param name="fence">Its token.</param>
    /// <param name="isTakeover">It has a higher token than the one before, who had sent something.</param>
    void Claim(FencingToken fence, bool isTakeover);

    /// <summary>Bytes at the stream's end.</summary>
    /// <param name="fence">Token of their writer.</param>
    /// <param name="bytes">The bytes.</param>
    void Take(FencingToken fence, ReadOnlySpan<byte> bytes);
}
