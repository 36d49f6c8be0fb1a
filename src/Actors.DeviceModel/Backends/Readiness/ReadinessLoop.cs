using System.Runtime.InteropServices;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// Waits for descriptors, and for time to try again, on one background thread: epoll with one-shot, level-triggered registrations. The thread starts
/// with the first registration and ends with the last: a process without real backends has neither thread nor descriptors of it.
/// Lock order: an owner's gate, then the loop's lock; no gate is taken with the lock held.
/// </summary>
internal sealed class ReadinessLoop
{
    private const int EventsAtOnce = 64;
    private const ulong WakeId = 0;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, ReadinessRegistration> _registrations = [];

    // At most one entry per registration.
    private readonly PriorityQueue<ReadinessRegistration, long> _schedule = new();
    private ulong _lastId = WakeId;
    private SafeDescriptor? _epoll;
    private SafeDescriptor? _wake;
    private Thread? _thread;

    /// <summary>The loop of this process.</summary>
    public static ReadinessLoop Shared { get; } = new();

    /// <summary>Number of live registrations.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _registrations.Count;
        }
    }

    /// <summary>The thread while there is one.</summary>
    internal Thread? CurrentThread
    {
        get
        {
            lock (_lock)
                return _thread;
        }
    }

    /// <summary>Makes a place for a descriptor, which must stay open until the registration is disposed, or for time alone.</summary>
    /// <param name="descriptor">What to watch, or null.</param>
    /// <param name="sink">Whom to tell.</param>
    /// <param name="gate">The owner's lock; every call of the registration is made with it held.</param>
    /// <exception cref="IOException">The process or the system has no room for it.</exception>
    public ReadinessRegistration Register(SafeDescriptor? descriptor, IReadinessSink sink, Lock gate)
    {
        lock (_lock)
        {
            if (_thread is null)
                Start();

            var id = ++_lastId;

            // With no wish yet. epoll refuses what is always ready (regular files, /dev/null): that is told by the clock, at once.
            var watched = descriptor is not null && TryControl(EPOLL_CTL_ADD, descriptor, EPOLLONESHOT, id);
            if (descriptor is not null && !watched && Libc.LastError != EPERM)
            {
                var failure = Failure("it can't be watched");
                WakeIfIdle();
                throw failure;
            }

            var registration = new ReadinessRegistration(this, id, watched ? descriptor : null, sink, gate);
            _registrations.Add(id, registration);
            return registration;
        }
    }

    internal void Modify(SafeDescriptor descriptor, ulong id, uint events) => TryControl(EPOLL_CTL_MOD, descriptor, events, id);

    internal void Schedule(ReadinessRegistration registration, int milliseconds)
    {
        lock (_lock)
        {
            var due = Now() + milliseconds;
            if (registration.Due is { } earlier)
            {
                // Too early is a spurious signal at worst; too late would be a lost one.
                if (earlier <= due)
                    return;

                _schedule.Remove(registration, out _, out _);
            }

            registration.Due = due;
            _schedule.Enqueue(registration, due);
            if (_schedule.Peek() == registration)
                Wake();
        }
    }

    internal void Remove(ReadinessRegistration registration, SafeDescriptor? descriptor)
    {
        lock (_lock)
        {
            if (descriptor is not null)
                TryControl(EPOLL_CTL_DEL, descriptor, 0, 0);

            if (registration.Due is not null)
                _schedule.Remove(registration, out _, out _);

            _registrations.Remove(registration.Id);
            WakeIfIdle();
        }
    }

    private static IOException Failure(string what) => new($"{what}: {Libc.Describe(Libc.LastError)}");

    private static long Now()
    {
        // The edge of the process: back-off and retry against the real outside. The simulated twin is MemoryBackend, which a test signals.
#pragma warning disable RS0030
        return Environment.TickCount64;
#pragma warning restore RS0030
    }

    private unsafe bool TryControl(int operation, SafeDescriptor descriptor, uint events, ulong id)
    {
        var change = stackalloc byte[EpollEvent.MaxSize];
        EpollEvent.Write(change, events, id);
        return Libc.EpollControl(_epoll!, operation, descriptor, change) == 0;
    }

    private void Start()
    {
        _epoll = Libc.EpollCreate(O_CLOEXEC);
        _wake = Libc.EventDescriptor(0, O_CLOEXEC | O_NONBLOCK);
        if (_epoll.IsInvalid || _wake.IsInvalid || !TryControl(EPOLL_CTL_ADD, _wake, EPOLLIN, WakeId))
        {
            var failure = Failure("files and sockets can't be watched");
            CloseDescriptors();
            throw failure;
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "actors-backends" };
        _thread.Start();
    }

    private void WakeIfIdle()
    {
        if (_registrations.Count == 0)
            Wake();
    }

    private unsafe void Wake()
    {
        ulong one = 1;
        Libc.Write(_wake!, (byte*)&one, sizeof(ulong));
    }

    private unsafe void Run()
    {
        var events = (byte*)NativeMemory.Alloc((nuint)(EventsAtOnce * EpollEvent.MaxSize));
        while (TryPrepareWait(out var epoll, out var timeout))
        {
            var count = Libc.EpollWait(epoll, events, EventsAtOnce, timeout);
            for (var i = 0; i < count; i++)
            {
                var (mask, id) = EpollEvent.Read(events, i);
                if (id == WakeId)
                    DrainWake();
                else
                    Find(id)?.Deliver(mask);
            }

            // As many as there are now: one that comes back at once takes its turn behind the descriptors.
            for (var left = ScheduledCount(); left > 0 && TakeDue() is { } due; left--)
                due.DeliverDue();
        }

        NativeMemory.Free(events);
    }

    /// <summary>False: nobody is left, and the loop is closed. Decided under the lock, so that a registration either keeps this thread or starts the next.</summary>
    private bool TryPrepareWait(out SafeDescriptor epoll, out int timeout)
    {
        lock (_lock)
        {
            epoll = _epoll!;
            timeout = _schedule.TryPeek(out _, out var due) ? (int)Math.Clamp(due - Now(), 0, int.MaxValue) : -1;
            if (_registrations.Count > 0)
                return true;

            CloseDescriptors();
            _thread = null;
            return false;
        }
    }

    private ReadinessRegistration? Find(ulong id)
    {
        lock (_lock)
            return _registrations.GetValueOrDefault(id);
    }

    private int ScheduledCount()
    {
        lock (_lock)
            return _schedule.Count;
    }

    private ReadinessRegistration? TakeDue()
    {
        lock (_lock)
        {
            if (!_schedule.TryPeek(out var registration, out var due) || due > Now())
                return null;

            _schedule.Dequeue();
            registration.Due = null;
            return registration;
        }
    }

    private unsafe void DrainWake()
    {
        ulong value;
        Libc.Read(_wake!, (byte*)&value, sizeof(ulong));
    }

    private void CloseDescriptors()
    {
        _epoll?.Dispose();
        _wake?.Dispose();
        _epoll = null;
        _wake = null;
    }
}
