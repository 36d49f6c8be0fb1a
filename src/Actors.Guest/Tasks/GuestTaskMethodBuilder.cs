using System.Runtime.CompilerServices;

#pragma warning disable CA1822 // The compiler calls these on an instance.

namespace Actors.Guest;

/// <summary>Builder of <see cref="GuestTask"/>, for the compiler.</summary>
public struct GuestTaskMethodBuilder
{
    private GuestTaskMethodBuilder<NoResult> _inner;

    /// <summary>For the compiler.</summary>
    public readonly GuestTask Task => new(_inner.Box);

    /// <summary>For the compiler.</summary>
    public static GuestTaskMethodBuilder Create() => default;

    /// <summary>For the compiler.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>For the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>For the compiler.</summary>
    public void SetResult() => _inner.SetResult(default);

    /// <summary>For the compiler.</summary>
    public void SetException(Exception exception) => _inner.SetException(exception);

    /// <summary>For the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => _inner.Suspend(ref awaiter, ref stateMachine);

    /// <summary>For the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => _inner.Suspend(ref awaiter, ref stateMachine);
}

/// <summary>Builder of <see cref="GuestTask{T}"/>, for the compiler.</summary>
/// <typeparam name="T">The value.</typeparam>
public struct GuestTaskMethodBuilder<T>
{
    private T _result;

    /// <summary>Null until the method has to wait or fails, and so for ever in one that does neither.</summary>
    internal GuestTaskBox<T>? Box { readonly get; private set; }

    /// <summary>For the compiler.</summary>
    public readonly GuestTask<T> Task => Box is null ? new(_result) : new(Box);

    /// <summary>For the compiler.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1000", Justification = "The compiler's contract for builders.")]
    public static GuestTaskMethodBuilder<T> Create() => default;

    /// <summary>For the compiler.</summary>
    public readonly void Start<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine => stateMachine.MoveNext();

    /// <summary>For the compiler.</summary>
    public readonly void SetStateMachine(IAsyncStateMachine stateMachine)
    {
    }

    /// <summary>For the compiler.</summary>
    public void SetResult(T result)
    {
        if (Box is null)
        {
            _result = result;
        }
        else
        {
            Box.SetResult(result);
        }
    }

    /// <summary>For the compiler.</summary>
    public void SetException(Exception exception)
    {
        if (Box is null)
        {
            Box = new FailedTaskBox<T>(exception);
        }
        else
        {
            Box.SetException(exception);
        }
    }

    /// <summary>For the compiler.</summary>
    public void AwaitOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : INotifyCompletion
        where TStateMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    /// <summary>For the compiler.</summary>
    public void AwaitUnsafeOnCompleted<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TAwaiter : ICriticalNotifyCompletion
        where TStateMachine : IAsyncStateMachine => Suspend(ref awaiter, ref stateMachine);

    internal void Suspend<TAwaiter, TStateMachine>(ref TAwaiter awaiter, ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        // The frequent awaiters by their exact type: a cast to the interface would box them in code that is not optimized yet.
        if (typeof(TAwaiter) == typeof(IoAwaiter))
        {
            Unsafe.As<TAwaiter, IoAwaiter>(ref awaiter).Suspend(BoxOf(ref stateMachine));
        }
        else if (typeof(TAwaiter) == typeof(InterruptAwaiter))
        {
            Unsafe.As<TAwaiter, InterruptAwaiter>(ref awaiter).Suspend(BoxOf(ref stateMachine));
        }
        else if (typeof(TAwaiter) == typeof(GuestTaskAwaiter))
        {
            Unsafe.As<TAwaiter, GuestTaskAwaiter>(ref awaiter).Suspend(BoxOf(ref stateMachine));
        }
        else if (awaiter is IGuestAwaiter guest)
        {
            guest.Suspend(BoxOf(ref stateMachine));
        }
        else
        {
            // Anything else would bring the guest back on a thread of its own.
            throw new NotSupportedException("A guest program can await only its CPU and its own guest tasks.");
        }
    }

    private GuestContinuation BoxOf<TStateMachine>(ref TStateMachine stateMachine)
        where TStateMachine : IAsyncStateMachine
    {
        if (Box is { } known)
            return known;

        // This builder is a field of the state machine: set first, copied then, so that the copy knows its box.
        var box = new StateMachineBox<TStateMachine, T>();
        Box = box;
        box.StateMachine = stateMachine;
        return box;
    }
}
