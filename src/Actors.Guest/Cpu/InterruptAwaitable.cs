using System.Runtime.CompilerServices;

namespace Actors.Guest;

/// <summary>HLT with interrupts on. Await it, and get the vector that came.</summary>
public readonly struct InterruptAwaitable
{
    private readonly GuestCpu _cpu;

    internal InterruptAwaitable(GuestCpu cpu) => _cpu = cpu;

    /// <summary>For the compiler.</summary>
    public InterruptAwaiter GetAwaiter()
    {
        _cpu.CheckFree();
        return new(_cpu);
    }
}

/// <summary>Awaiter of <see cref="InterruptAwaitable"/>, for the compiler.</summary>
public readonly struct InterruptAwaiter : ICriticalNotifyCompletion, IGuestAwaiter
{
    private readonly GuestCpu _cpu;

    internal InterruptAwaiter(GuestCpu cpu) => _cpu = cpu;

    /// <summary>For the compiler.</summary>
    public bool IsCompleted => _cpu.HasPendingInterrupt;

    /// <summary>For the compiler.</summary>
    public byte GetResult() => _cpu.TakeAwaitedInterrupt();

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    /// <summary>For the compiler.</summary>
    public void UnsafeOnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    void IGuestAwaiter.Suspend(GuestContinuation continuation) => Suspend(continuation);

    internal void Suspend(GuestContinuation continuation) => _cpu.SuspendForInterrupt(continuation);
}
