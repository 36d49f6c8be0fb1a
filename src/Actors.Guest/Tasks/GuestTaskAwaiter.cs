using System.Runtime.CompilerServices;

namespace Actors.Guest;

/// <summary>An awaiter that can hand a guest's continuation over without a delegate.</summary>
internal interface IGuestAwaiter
{
    /// <summary>Keeps what is to run when the awaited thing is there.</summary>
    void Suspend(GuestContinuation continuation);
}

/// <summary>Awaiter of <see cref="GuestTask"/>, for the compiler.</summary>
public readonly struct GuestTaskAwaiter : ICriticalNotifyCompletion, IGuestAwaiter
{
    private readonly GuestTaskBox<NoResult>? _box;

    internal GuestTaskAwaiter(GuestTaskBox<NoResult>? box) => _box = box;

    /// <summary>For the compiler.</summary>
    public bool IsCompleted => _box is null || _box.IsCompleted;

    /// <summary>For the compiler.</summary>
    public void GetResult() => _box?.GetResult();

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    /// <summary>For the compiler.</summary>
    public void UnsafeOnCompleted(Action continuation) => Suspend(new ActionContinuation(continuation));

    void IGuestAwaiter.Suspend(GuestContinuation continuation) => Suspend(continuation);

    internal void Suspend(GuestContinuation continuation) => _box!.ContinueWith(continuation);
}

/// <summary>Awaiter of <see cref="GuestTask{T}"/>, for the compiler.</summary>
/// <typeparam name="T">The value.</typeparam>
public readonly struct GuestTaskAwaiter<T> : ICriticalNotifyCompletion, IGuestAwaiter
{
    private readonly GuestTaskBox<T>? _box;
    private readonly T _result;

    internal GuestTaskAwaiter(GuestTaskBox<T>? box, T result)
    {
        _box = box;
        _result = result;
    }

    /// <summary>For the compiler.</summary>
    public bool IsCompleted => _box is null || _box.IsCompleted;

    /// <summary>For the compiler.</summary>
    public T GetResult() => _box is null ? _result : _box.GetResult();

    /// <summary>For the compiler.</summary>
    public void OnCompleted(Action continuation) => _box!.ContinueWith(new ActionContinuation(continuation));

    /// <summary>For the compiler.</summary>
    public void UnsafeOnCompleted(Action continuation) => _box!.ContinueWith(new ActionContinuation(continuation));

    void IGuestAwaiter.Suspend(GuestContinuation continuation) => _box!.ContinueWith(continuation);
}
