using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Judges streams while they come; called from a receiver's threads.</summary>
internal interface IStreamWatcher
{
    /// <summary>A writer of a VM's stream greets. False: a later one has been here, this one is refused.</summary>
    bool Claim(VmId vm, FencingToken token);

    /// <summary>Bytes came from the writer with a token.</summary>
    void Take(VmId vm, FencingToken token, ReadOnlySpan<byte> bytes);
}

/// <summary>Keeps nothing of a stream: tells somebody what came, and with which token.</summary>
/// <param name="watcher">Who is told.</param>
/// <param name="vm">Whose stream.</param>
internal sealed class WatchedStore(IStreamWatcher watcher, VmId vm) : IStreamStore
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
        if (!watcher.Claim(vm, fence))
            return IResumableBackend.Fenced("the stream", fence, Highest);
        Highest = fence;
        return new BackendResult(BackendStatus.Done);
    }

    /// <inheritdoc/>
    public BackendResult Append(ReadOnlySpan<byte> data)
    {
        watcher.Take(vm, Highest, data);
        Position += data.Length;
        return new BackendResult(BackendStatus.Done, data.Length);
    }

    /// <inheritdoc/>
    public bool TrySynchronize() => true;

    /// <inheritdoc/>
    public string Hash() => string.Empty;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
