using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// A place in the <see cref="ReadinessLoop"/>: of a descriptor, or of nothing but time. Its members are called with the owner's gate held, which is
/// also held when the sink is called: after <see cref="Dispose"/> no call comes (acrn-io-path.md H19, H20). Dispose it before the descriptor.
/// </summary>
internal sealed class ReadinessRegistration : IDisposable
{
    private readonly ReadinessLoop _loop;
    private readonly IReadinessSink _sink;
    private readonly Lock _gate;
    private readonly SafeDescriptor? _descriptor;
    private BackendInterest _wanted;
    private bool _disposed;

    /// <summary>Made by the loop.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="id">What epoll gives back.</param>
    /// <param name="descriptor">What epoll watches; null when only time makes it ready.</param>
    /// <param name="sink">Whom to tell.</param>
    /// <param name="gate">The owner's lock.</param>
    internal ReadinessRegistration(ReadinessLoop loop, ulong id, SafeDescriptor? descriptor, IReadinessSink sink, Lock gate)
    {
        _loop = loop;
        Id = id;
        _descriptor = descriptor;
        _sink = sink;
        _gate = gate;
    }

    /// <summary>What epoll gives back.</summary>
    internal ulong Id { get; }

    /// <summary>When it is to be told by the clock, or null; the loop's, under the loop's lock.</summary>
    internal long? Due { get; set; }

    /// <summary>
    /// Asks to be told once of each wish; replaces earlier wishes. Level-triggered: what is already true is told soon, so nothing is lost between a
    /// call that would have blocked and this one. Connect waits for hang-up alone. What epoll can't watch is always ready.
    /// </summary>
    public void Arm(BackendInterest interest)
    {
        if (_disposed || interest == _wanted)
            return;

        _wanted = interest;

        // A wish taken back costs no system call: its one-shot event is dropped if it comes.
        if (interest != BackendInterest.None)
            Ask();
    }

    /// <summary>Asks to be told after a delay, whatever the descriptor says.</summary>
    public void ArmAfter(BackendInterest interest, int milliseconds)
    {
        if (_disposed || interest == _wanted)
            return;

        _wanted = interest;
        _loop.Schedule(this, milliseconds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;

        _disposed = true;
        _wanted = BackendInterest.None;
        _loop.Remove(this, _descriptor);
    }

    /// <summary>Time is up.</summary>
    internal void DeliverDue() => Deliver(EPOLLIN | EPOLLOUT);

    /// <summary>The loop saw events. Stale ones (of a registration armed otherwise or disposed meanwhile) match no wish, or are spurious signals.</summary>
    internal void Deliver(uint events)
    {
        lock (_gate)
        {
            if (_disposed)
                return;

            var hungUp = (events & (EPOLLHUP | EPOLLERR)) != 0;
            var ready = hungUp ? _wanted : _wanted & Wishes(events);
            if (ready == BackendInterest.None)
                return;

            _wanted &= ~ready;
            if (_wanted != BackendInterest.None)
                Ask();

            _sink.OnReady(this, ready, hungUp);
        }
    }

    private static BackendInterest Wishes(uint events) =>
        ((events & EPOLLIN) != 0 ? BackendInterest.Read : 0) | ((events & EPOLLOUT) != 0 ? BackendInterest.Write : 0);

    private void Ask()
    {
        if (_descriptor is null)
        {
            _loop.Schedule(this, 0);
            return;
        }

        // Hang-up and errors are always watched.
        _loop.Modify(_descriptor, Id, EPOLLONESHOT
            | ((_wanted & BackendInterest.Read) != 0 ? EPOLLIN : 0)
            | ((_wanted & BackendInterest.Write) != 0 ? EPOLLOUT : 0));
    }
}
