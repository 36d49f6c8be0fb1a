using System.Runtime.CompilerServices;

namespace Actors.Guest;

/// <summary>HLT with interrupts on that a nudge ends as well. Await it; what came is to be seen by who waited.</summary>
public readonly struct NudgeAwaitable
{
    private readonly GuestCpu _cpu;

    internal NudgeAwaitable(GuestCpu cpu) => _cpu = cpu;

    /// <summary>For the compiler.</summary>
    public NudgeAwaiter GetAwaiter()
    {
        _cpu.CheckFree();
        return new(_cpu);
    }
}

/// <summary>Awaiter of <see cref="NudgeAwaitable"/>, for the compiler.</summary>
public readonly struct NudgeAwaiter : ICriticalNotifyCompletion, IGuestAwaiter
{
    private readonly GuestCpu _cpu;

    internal NudgeAwaiter(GuestCpu cpu) => _cpu = cpu;

    /// <summary>For the compiler.</summary>
    public bool IsCompleted => _cpu.HasNudge || _cpu.HasPendingInterrupt;

    /// <summary>For the compiler.</summary>
    public void GetResult() => _cpu.TakeNudge();

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    /// <summary>For the compiler.</summary>
    public void UnsafeOnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    void IGuestAwaiter.Suspend(GuestContinuation continuation) => Suspend(continuation);

    internal void Suspend(GuestContinuation continuation) => _cpu.SuspendForNudge(continuation);
}
