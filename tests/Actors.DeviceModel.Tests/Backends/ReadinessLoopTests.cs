namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class ReadinessLoopTests : IReadinessSink
{
    private readonly Lock _gate = new();
    private readonly BackendSignals _signals = new();
    private int _callsAfterDispose;
    private volatile bool _disposed;

    void IReadinessSink.OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp)
    {
        if (_disposed)
            Interlocked.Increment(ref _callsAfterDispose);
        _signals.Signal(ready);
    }

    [Fact]
    public void The_thread_and_its_descriptors_come_with_the_first_registration_and_go_with_the_last()
    {
        var before = OpenDescriptors.Snapshot();
        Assert.Null(ReadinessLoop.Shared.CurrentThread);

        var registration = Register(null);
        var thread = ReadinessLoop.Shared.CurrentThread;
        Assert.NotNull(thread);
        Assert.True(thread.IsBackground);
        Dispose(registration);

        Assert.True(thread.Join(BackendSignals.Patience));
        Assert.Null(ReadinessLoop.Shared.CurrentThread);
        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    [Fact]
    public void A_thousand_registrations_are_told_and_closed_and_the_loop_goes_on()
    {
        var before = OpenDescriptors.Snapshot();
        for (var round = 0; round < 4; round++)
        {
            var descriptors = Enumerable.Range(0, 250).Select(_ => Libc.EventDescriptor(1, LinuxSpec.O_CLOEXEC)).ToList();
            var registrations = descriptors.Select(Register).ToList();
            Assert.Equal(250, ReadinessLoop.Shared.Count);
            registrations.ForEach(registration => Arm(registration, BackendInterest.Read));
            for (var told = 0; told < 250; told++)
                Assert.Equal(BackendInterest.Read, _signals.Next());

            registrations.ForEach(Dispose);
            descriptors.ForEach(descriptor => descriptor.Dispose());
        }

        Assert.True(_signals.StaysSilent());
        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    [Fact]
    public void Disposing_while_armed_and_ready_is_never_followed_by_a_call()
    {
        using var keepsTheLoop = new Kept(this);
        for (var round = 0; round < 2000; round++)
        {
            using var descriptor = Libc.EventDescriptor(1, LinuxSpec.O_CLOEXEC);
            _disposed = false;
            var registration = Register(descriptor);
            Arm(registration, BackendInterest.Read);
            lock (_gate)
            {
                registration.Dispose();
                _disposed = true;
            }

            if (round % 100 == 0)
                LoopTurn.Complete();
            lock (_gate)
                _disposed = false;
        }

        LoopTurn.Complete();
        Assert.Equal(0, _callsAfterDispose);
    }

    [Fact]
    public void Armed_again_and_again_from_another_thread_no_wake_up_is_lost()
    {
        using var descriptor = Libc.EventDescriptor(1, LinuxSpec.O_CLOEXEC);
        var registration = Register(descriptor);
        for (var round = 0; round < 5000; round++)
        {
            // Each wish takes the place of one that may be on its way.
            Arm(registration, BackendInterest.Read);
            Arm(registration, BackendInterest.Write);
            while (_signals.Next() != BackendInterest.Write)
            {
            }
        }

        Dispose(registration);
    }

    [Fact]
    public void Time_alone_makes_ready_and_an_earlier_wish_wins()
    {
        var registration = Register(null);
        lock (_gate)
        {
            registration.ArmAfter(BackendInterest.Read, 3_600_000);
            registration.ArmAfter(BackendInterest.Write, 1);
        }

        Assert.Equal(BackendInterest.Write, _signals.Next());
        lock (_gate)
            registration.ArmAfter(BackendInterest.Read, 3_600_000);
        Assert.True(_signals.StaysSilent());
        Dispose(registration);
    }

    [Fact]
    public void What_is_always_ready_lets_others_have_their_turn()
    {
        using var full = Libc.Open("/dev/full", LinuxSpec.O_WRONLY | LinuxSpec.O_CLOEXEC, 0);
        var greedy = new Greedy();
        var registration = ReadinessLoop.Shared.Register(full, greedy, greedy.Gate);
        lock (greedy.Gate)
            registration.Arm(BackendInterest.Write);

        // It has had its turn, and wants the next.
        Assert.True(greedy.Called.Wait(BackendSignals.Patience));
        LoopTurn.Complete();

        lock (greedy.Gate)
            registration.Dispose();
    }

    private ReadinessRegistration Register(SafeDescriptor? descriptor) => ReadinessLoop.Shared.Register(descriptor, this, _gate);

    private void Arm(ReadinessRegistration registration, BackendInterest interest)
    {
        lock (_gate)
            registration.Arm(interest);
    }

    private void Dispose(ReadinessRegistration registration)
    {
        lock (_gate)
            registration.Dispose();
    }

    private sealed class Kept(ReadinessLoopTests test) : IDisposable
    {
        private readonly ReadinessRegistration _registration = test.Register(null);

        public void Dispose() => test.Dispose(_registration);
    }

    private sealed class Greedy : IReadinessSink
    {
        public Lock Gate { get; } = new();

        public ManualResetEventSlim Called { get; } = new();

        public void OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp)
        {
            source.Arm(BackendInterest.Write);
            Called.Set();
        }
    }
}
