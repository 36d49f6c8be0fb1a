using System.Runtime.CompilerServices;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>An access of a guest, or the end of its time slice. Await it, and get the value read (0 for a write).</summary>
public readonly struct IoAwaitable
{
    private readonly GuestCpu _cpu;
    private readonly IoAccess _access;

    /// <summary>An access of size 0 is the end of a time slice.</summary>
    internal IoAwaitable(GuestCpu cpu, in IoAccess access)
    {
        _cpu = cpu;
        _access = access;
    }

    /// <summary>For the compiler.</summary>
    public IoAwaiter GetAwaiter()
    {
        _cpu.Arm(in _access);
        return new(_cpu);
    }
}

/// <summary>Awaiter of <see cref="IoAwaitable"/>, for the compiler.</summary>
public readonly struct IoAwaiter : ICriticalNotifyCompletion, IGuestAwaiter
{
    private readonly GuestCpu _cpu;

    internal IoAwaiter(GuestCpu cpu) => _cpu = cpu;

    /// <summary>For the compiler.</summary>
    public bool IsCompleted => false;

    /// <summary>For the compiler.</summary>
    /// <exception cref="GeneralProtectionException">The access ended in #GP.</exception>
    public ulong GetResult() => _cpu.TakeCompletion();

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    /// <summary>For the compiler.</summary>
    public void UnsafeOnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    void IGuestAwaiter.Suspend(GuestContinuation continuation) => Suspend(continuation);

    internal void Suspend(GuestContinuation continuation) => _cpu.SuspendForAccess(continuation);
}
