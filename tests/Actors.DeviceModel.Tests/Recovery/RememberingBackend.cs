using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>A backend whose other end remembers a higher token than it has; it is admitted with a still higher one, and knows then how much there is.</summary>
internal sealed class RememberingBackend(FencingToken fence, FencingToken remembered, long have) : IResumableBackend
{
    private readonly Lock _gate = new();
    private readonly List<byte> _written = [];
    private FencingToken _fence = fence;

    public FencingToken Fence
    {
        get
        {
            lock (_gate)
                return _fence;
        }
    }

    public FencingToken Remembered => IsFenced ? remembered : default;

    public bool IsFenced => Fence < remembered;

    public long? Position => IsFenced ? null : have + _written.Count;

    public long FencedWrites => 0;

    public string? Notice => null;

    public string? Warning => IsFenced ? "it remembers a higher token" : null;

    public bool IsConnected => !IsFenced;

    public byte[] Written
    {
        get
        {
            lock (_gate)
                return [.. _written];
        }
    }

    public void Raise(FencingToken fence)
    {
        lock (_gate)
            _fence = fence > _fence ? fence : _fence;
    }

    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        if (IsFenced)
            return new BackendResult(BackendStatus.Failed, 0, "fenced: it remembers a higher token");
        Assert.Equal(Position, position);
        lock (_gate)
            _written.AddRange(data);
        return new BackendResult(BackendStatus.Done, data.Length);
    }

    public BackendResult TryWrite(ReadOnlySpan<byte> data) => IsFenced ? TryWriteAt(0, data) : TryWriteAt(Position!.Value, data);

    public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

    public void Arm(BackendInterest interest)
    {
    }

    public void Dispose()
    {
    }
}
