namespace Actors.DeviceModel;

/// <summary>
/// A port's side of a UNIX stream socket: one live peer at a time, another after it. A peer that only stops sending (half-close) stays until it is
/// gone: it may still want the output. What a peer sent before it left is still read, before anything of the next one; of such leavers a few are kept, and
/// no new peer is taken while they are many. A lost peer is Disconnected, never Failed: the port stays (acrn-io-path.md C9).
/// </summary>
internal abstract class SocketBackend : IPortBackend, IReadinessSink
{
    /// <summary>Peers that left with input unread.</summary>
    public const int MaxLeavers = 4;

    private readonly IPortBackendEvents _events;
    private readonly LeaseGate _lease;
    private readonly Queue<Peer> _leavers = new(0);
    private Peer? _peer;
    private BackendInterest _wanted;
    private bool _disposed;

    /// <summary>Makes the backend.</summary>
    protected SocketBackend(IPortBackendEvents events, IOwnerLease? lease)
    {
        _events = events;
        _lease = new LeaseGate(lease, events);
    }

    /// <inheritdoc/>
    public string? Notice { get; protected init; }

    /// <inheritdoc/>
    public bool IsConnected
    {
        get
        {
            lock (Gate)
                return _peer is { Gone: false };
        }
    }

    /// <inheritdoc/>
    public bool HasInputOfLeavers
    {
        get
        {
            lock (Gate)
                return _leavers.Count > 0 || _peer is { Gone: true };
        }
    }

    /// <summary>True when this process had no room for the last peer: trying again at once would be a busy loop.</summary>
    protected bool InTrouble { get; set; }

    /// <summary>May a peer be sought or taken?</summary>
    protected bool MayConnect => _lease.Opens();

    /// <summary>Guards everything here: the actor's calls and the loop's.</summary>
    protected Lock Gate { get; } = new();

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        lock (Gate)
        {
            if (_peer is not { Gone: false } peer)
                return new BackendResult(BackendStatus.Disconnected);
            if (!_lease.Opens())
                return new BackendResult(BackendStatus.WouldBlock);

            var result = DescriptorIo.Write(peer.Socket, data, socket: true);
            if (result.Status == BackendStatus.Done)
                BytesMoved();
            if (result.Status is BackendStatus.Done or BackendStatus.WouldBlock)
                return result;

            Leave(peer);
            return new BackendResult(BackendStatus.Disconnected);
        }
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination)
    {
        lock (Gate)
        {
            while (_leavers.TryPeek(out var leaver))
            {
                if (!_lease.Opens())
                    return new BackendResult(BackendStatus.WouldBlock);
                var rest = DescriptorIo.Read(leaver.Socket, destination, socket: true);
                if (rest.Status is BackendStatus.Done or BackendStatus.WouldBlock)
                    return rest;

                _leavers.Dequeue().Dispose();
            }

            if (_peer is not { } peer)
                return new BackendResult(BackendStatus.Disconnected);
            if (!_lease.Opens())
                return new BackendResult(BackendStatus.WouldBlock);

            var result = peer.InputEnded ? new BackendResult(BackendStatus.EndOfInput) : DescriptorIo.Read(peer.Socket, destination, socket: true);
            switch (result.Status)
            {
                case BackendStatus.Done:
                    BytesMoved();
                    return result;

                case BackendStatus.WouldBlock:
                    return result;

                case BackendStatus.EndOfInput when !peer.Gone && !DescriptorIo.IsHungUp(peer.Socket):
                    peer.InputEnded = true;
                    return new BackendResult(BackendStatus.WouldBlock);

                default:
                    Drop(peer);
                    return new BackendResult(BackendStatus.Disconnected);
            }
        }
    }

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        lock (Gate)
        {
            if (_disposed)
                return;

            // Without the lease nothing is worth trying; what the sockets have to say is asked when it is back.
            _wanted = interest;
            if (_lease.Waits(interest))
                return;
            if (_leavers.TryPeek(out var leaver))
                leaver.Readiness.Arm(interest & BackendInterest.Read);

            if (_peer is { } peer)
                peer.Readiness.Arm(WishesOf(peer));
            else if (interest == BackendInterest.None)
                StopConnecting();
            else
                StartConnecting();
        }
    }

    /// <inheritdoc/>
    void IReadinessSink.OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp)
    {
        if (_peer is { } peer && ReferenceEquals(source, peer.Readiness))
        {
            if (!hungUp)
            {
                Signal(ready);
                return;
            }

            // Without a wish to know, the port finds out when it reads or writes.
            if ((_wanted & BackendInterest.Connect) != 0 && !peer.Gone)
                Leave(peer);
            Signal(_wanted);
            return;
        }

        if (_leavers.TryPeek(out var leaver) && ReferenceEquals(source, leaver.Readiness))
        {
            Signal(BackendInterest.Read);
            return;
        }

        if (_wanted == BackendInterest.None || _peer is not null)
            return;

        if (!MayConnect)
        {
            _lease.Waits(_wanted);
        }
        else if (TryConnect() is not { } socket)
        {
            StartConnecting();
        }
        else if (TryTake(socket))
        {
            // Whoever waits to read or write may do that now, too.
            Signal(_wanted | BackendInterest.Connect);
        }
        else
        {
            InTrouble = true;
            StartConnecting();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        lock (Gate)
        {
            if (_disposed)
                return;

            _disposed = true;
            _lease.Dispose();
            Close();
            _peer?.Dispose();
            _peer = null;
            while (_leavers.TryDequeue(out var leaver))
                leaver.Dispose();
        }
    }

    /// <summary>Makes a connected socket the live peer; closes it when it can't be watched.</summary>
    protected bool TryTake(SafeDescriptor socket)
    {
        try
        {
            _peer = new Peer(socket, ReadinessLoop.Shared.Register(socket, this, Gate));
            InTrouble = false;
            return true;
        }
        catch (IOException)
        {
            socket.Dispose();
            return false;
        }
    }

    /// <summary>Waits, through a registration of its own, for the moment to try <see cref="TryConnect"/>.</summary>
    protected abstract void StartConnecting();

    /// <summary>Waits no more.</summary>
    protected abstract void StopConnecting();

    /// <summary>Gets a peer, or null when there is none now.</summary>
    protected abstract SafeDescriptor? TryConnect();

    /// <summary>The peer is real: bytes went to it or came from it.</summary>
    protected virtual void BytesMoved()
    {
    }

    /// <summary>Gives back what the kind of socket holds.</summary>
    protected abstract void Close();

    /// <summary>A peer that stopped sending is readable for ever, and one that left is ready for everything: of these only what can still change counts.</summary>
    private BackendInterest WishesOf(Peer peer)
    {
        if (peer.Gone)
            return _wanted & BackendInterest.Read;

        return peer.InputEnded && (_wanted & BackendInterest.Read) != 0
            ? (_wanted & ~BackendInterest.Read) | BackendInterest.Connect
            : _wanted;
    }

    private void Signal(BackendInterest ready)
    {
        _wanted &= ~ready;
        if (ready != BackendInterest.None)
            _events.Signal(ready);
    }

    /// <summary>The peer is gone, perhaps with input unread.</summary>
    private void Leave(Peer peer)
    {
        if (!DescriptorIo.HasUnreadBytes(peer.Socket))
        {
            Drop(peer);
            return;
        }

        if (_leavers.Count >= MaxLeavers)
        {
            peer.Gone = true;
            return;
        }

        _leavers.Enqueue(peer);
        _peer = null;
        _leavers.Peek().Readiness.Arm(_wanted & BackendInterest.Read);
        if (_wanted != BackendInterest.None)
            StartConnecting();
    }

    private void Drop(Peer peer)
    {
        _peer = null;
        peer.Dispose();
        if (_wanted != BackendInterest.None)
            StartConnecting();
    }

    private sealed class Peer(SafeDescriptor socket, ReadinessRegistration readiness) : IDisposable
    {
        public SafeDescriptor Socket { get; } = socket;

        public ReadinessRegistration Readiness { get; } = readiness;

        public bool InputEnded { get; set; }

        public bool Gone { get; set; }

        public void Dispose()
        {
            Readiness.Dispose();
            Socket.Dispose();
        }
    }
}
