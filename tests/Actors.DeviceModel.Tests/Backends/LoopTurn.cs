namespace Actors.DeviceModel.Tests;

/// <summary>Lets the readiness loop go round once: a pipe that becomes readable is told after everything that was ready before it.</summary>
internal sealed class LoopTurn : IReadinessSink, IDisposable
{
    private readonly ManualResetEventSlim _told = new();

    public static void Complete()
    {
        using var turn = new LoopTurn();
        var gate = new Lock();
        using var ready = Libc.EventDescriptor(1, LinuxSpec.O_CLOEXEC);
        ReadinessRegistration registration;
        lock (gate)
        {
            registration = ReadinessLoop.Shared.Register(ready, turn, gate);
            registration.Arm(BackendInterest.Read);
        }

        Assert.True(turn._told.Wait(BackendSignals.Patience), "the loop doesn't turn");
        lock (gate)
            registration.Dispose();
    }

    public void Dispose() => _told.Dispose();

    public void OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp) => _told.Set();
}
