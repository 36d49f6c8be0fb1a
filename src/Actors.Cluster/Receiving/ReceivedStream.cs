using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// One stream at its receiver: what is there of it, and who may go on with it. The last who greeted with a token that is not lower than any before is the writer;
/// everybody else is refused, with each frame. Its members are called from the servers of many connections.
/// </summary>
internal sealed class ReceivedStream : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IStreamStore _store;
    private StreamPeer? _writer;
    private FencingToken _owner;
    private int _takeovers;
    private long _refused;
    private long _repeated;
    private bool _isEnded;
    private bool _isFirst = true;
    private string? _problem;

    /// <summary>Makes the stream over its store.</summary>
    public ReceivedStream(VmId vm, string port, IStreamStore store)
    {
        Vm = vm;
        Port = port;
        _store = store;
    }

    /// <summary>Whose port.</summary>
    public VmId Vm { get; }

    /// <summary>The port's name.</summary>
    public string Port { get; }

    /// <summary>True when its last writer said that the stream is over.</summary>
    public bool IsOver
    {
        get
        {
            lock (_gate)
                return _isEnded && _writer is null;
        }
    }

    /// <summary>What a person wants to know at the end.</summary>
    public StreamReport Report()
    {
        lock (_gate)
        {
            return new StreamReport(
                Vm.Value, Port, _store.Position, _store.BeginsAt, _store.Hash(), _store.File, _owner.Value, _takeovers, _refused, _repeated, _isEnded, _problem);
        }
    }

    /// <summary>Somebody greets; the answer.</summary>
    public StreamAnswer Greet(StreamPeer peer, in StreamHello hello)
    {
        lock (_gate)
        {
            var claimed = _store.Claim(hello.Fence, hello.Position ?? 0);
            if (_store.Highest > hello.Fence)
            {
                _refused++;
                return new StreamAnswer(StreamStatus.Fenced, 0, _store.Highest);
            }

            if (claimed.Status != BackendStatus.Done)
            {
                _problem = claimed.Error;
                return new StreamAnswer(StreamStatus.Storage, 0, _owner);
            }

            if (hello.Position > _store.Position)
                return new StreamAnswer(StreamStatus.Gap, _store.Position, hello.Fence);

            if (!_isFirst && hello.Fence > _owner)
                _takeovers++;
            _isFirst = false;
            _owner = hello.Fence;
            _isEnded = false;
            if (_writer is { } before)
            {
                before.TryRefuse(StreamStatus.Fenced, hello.Fence.Value);
                before.Leave();
            }

            _writer = peer;
            return new StreamAnswer(StreamStatus.Accepted, _store.Position, hello.Fence);
        }
    }

    /// <summary>Bytes of a writer. Accepted, or why not; with the token or position that goes with it.</summary>
    public (StreamStatus Status, ulong Value) Take(StreamPeer peer, long position, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(peer, _writer))
                return Refuse();
            if (position > _store.Position)
                return (StreamStatus.Gap, (ulong)_store.Position);

            var known = (int)Math.Min(_store.Position - position, data.Length);
            _repeated += known;
            data = data[known..];
            while (!data.IsEmpty)
            {
                var taken = _store.Append(data);
                if (taken.Status != BackendStatus.Done)
                {
                    _problem = taken.Error;
                    return taken.Error?.StartsWith(IResumableBackend.FencedSentence, StringComparison.Ordinal) == true ? Refuse() : (StreamStatus.Storage, 0);
                }

                data = data[taken.Count..];
            }

            return (StreamStatus.Accepted, (ulong)_store.Position);
        }
    }

    /// <summary>What may be acknowledged now; null when the disk doesn't take it.</summary>
    public long? Secure(bool synchronize)
    {
        lock (_gate)
        {
            if (!synchronize || _store.TrySynchronize())
                return _store.Position;
            _problem = "the disk refused to take what was written";
            return null;
        }
    }

    /// <summary>A writer says that it is done and how long the stream is.</summary>
    public (StreamStatus Status, ulong Value) End(StreamPeer peer, long length)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(peer, _writer))
                return Refuse();
            if (length != _store.Position)
                return (StreamStatus.Gap, (ulong)_store.Position);
            _isEnded = true;
            return (StreamStatus.Accepted, (ulong)_store.Position);
        }
    }

    /// <summary>A connection is over.</summary>
    public void Leave(StreamPeer peer)
    {
        lock (_gate)
        {
            if (ReferenceEquals(peer, _writer))
                _writer = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();

    private (StreamStatus Status, ulong Value) Refuse()
    {
        _refused++;
        return (StreamStatus.Fenced, Math.Max(_owner.Value, _store.Highest.Value));
    }
}
