using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Plays a stream's backend: what it took is under way until a test delivers it to the shared stream, and done when a test acknowledges.</summary>
internal sealed class AcknowledgingBackend(SharedStream stream, FencingToken fence, int window) : IResumableBackend
{
    private readonly List<byte> _underway = [];
    private long _acknowledged = stream.Position;
    private long _delivered = stream.Position;
    private BackendResult? _end;

    public string? Notice => null;

    public bool IsConnected => true;

    public FencingToken Fence => fence;

    public long? Position => _acknowledged;

    public long? SentUntil => _acknowledged + _underway.Count;

    public bool IsFenced => fence < stream.Owner;

    public long FencedWrites => 0;

    /// <summary>The other end gets so many bytes of what is under way.</summary>
    public void Deliver(int count)
    {
        var at = (int)(_delivered - _acknowledged);
        var piece = _underway.Skip(at).Take(count).ToArray();
        var result = stream.WriteAt(fence, _delivered, piece, int.MaxValue, out _);
        if (result.Status == BackendStatus.Failed)
            _end = result;
        else
            _delivered += piece.Length;
    }

    /// <summary>Its acknowledgement arrives.</summary>
    public void Acknowledge()
    {
        _underway.RemoveRange(0, (int)(_delivered - _acknowledged));
        _acknowledged = _delivered;
    }

    public BackendResult TryWrite(ReadOnlySpan<byte> data) => TryWriteAt(_acknowledged, data);

    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        if (_end is { } end)
            return end;
        if (data.IsEmpty)
            return new BackendResult(BackendStatus.Done);
        Assert.True(position <= SentUntil, "a gap");
        if (position < _acknowledged)
            return new BackendResult(BackendStatus.Done, (int)Math.Min(_acknowledged - position, data.Length));
        TrySendAhead(position, data);
        return new BackendResult(BackendStatus.WouldBlock);
    }

    public bool TrySendAhead(long position, ReadOnlySpan<byte> data)
    {
        var known = (int)(SentUntil!.Value - position);
        if (known < 0)
            return false;
        for (var i = 0; i < Math.Min(known, data.Length); i++)
        {
            if (position + i >= _acknowledged)
                Assert.Equal(_underway[(int)(position + i - _acknowledged)], data[i]);
        }

        var fresh = data[Math.Min(known, data.Length)..];
        var taken = Math.Min(fresh.Length, window - _underway.Count);
        _underway.AddRange(fresh[..taken]);
        return taken == fresh.Length;
    }

    public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

    public void Arm(BackendInterest interest)
    {
    }

    public void Dispose()
    {
    }
}
