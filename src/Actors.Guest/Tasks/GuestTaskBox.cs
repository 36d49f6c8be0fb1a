using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Actors.Guest;

/// <summary>Stands for "no value".</summary>
internal readonly struct NoResult;

/// <summary>What a guest's async call needs on the heap once it has to wait: its outcome and who waits for it.</summary>
internal abstract class GuestTaskBox<T> : GuestContinuation
{
    private GuestContinuation? _awaiting;
    private ExceptionDispatchInfo? _error;
    private T _result = default!;

    internal bool IsCompleted { get; private set; }

    internal void SetResult(T result)
    {
        _result = result;
        IsCompleted = true;
    }

    internal void SetException(Exception error)
    {
        _error = ExceptionDispatchInfo.Capture(error);
        IsCompleted = true;
    }

    internal T GetResult()
    {
        if (!IsCompleted)
            throw new InvalidOperationException("A guest task's result was taken before it ended.");
        _error?.Throw();
        return _result;
    }

    /// <summary>Refuses a second waiter. Here, before an await suspends, and not while it does: a program may catch this and go on.</summary>
    internal GuestTaskBox<T> CheckFree() =>
        _awaiting is null ? this : throw new InvalidOperationException("A guest task was awaited twice.");

    internal void ContinueWith(GuestContinuation continuation) => _awaiting = continuation;

    /// <summary>Whoever waited for the end that has now come.</summary>
    protected GuestContinuation? TakeAwaiting()
    {
        var awaiting = _awaiting;
        _awaiting = null;
        return awaiting;
    }
}

/// <summary>A call that failed before it ever had to wait.</summary>
internal sealed class FailedTaskBox<T> : GuestTaskBox<T>
{
    internal FailedTaskBox(Exception error) => SetException(error);

    internal override GuestContinuation? Resume() => throw new InvalidOperationException("A guest task that has ended was run again.");
}

/// <summary>A call that waits, with its state machine.</summary>
internal sealed class StateMachineBox<TStateMachine, T> : GuestTaskBox<T>
    where TStateMachine : IAsyncStateMachine
{
    internal TStateMachine StateMachine = default!;

    internal override GuestContinuation? Resume()
    {
        StateMachine.MoveNext();
        return IsCompleted ? TakeAwaiting() : null;
    }
}
