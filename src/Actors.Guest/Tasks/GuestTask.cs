using System.Runtime.CompilerServices;

namespace Actors.Guest;

/// <summary>
/// An async method of a programmed guest. It is run by the vCPU's engine and nothing else: no thread, pool, scheduler, synchronization
/// or execution context takes part, so a guest runs the same way in the real and in the simulated world. Await it once, at once.
/// </summary>
[AsyncMethodBuilder(typeof(GuestTaskMethodBuilder))]
public readonly struct GuestTask
{
    private readonly GuestTaskBox<NoResult>? _box;

    internal GuestTask(GuestTaskBox<NoResult>? box) => _box = box;

    /// <summary>A task that has ended. The default value is one, too.</summary>
    public static GuestTask CompletedTask => default;

    /// <summary>True when the method has ended, well or with an exception.</summary>
    public bool IsCompleted => _box is null || _box.IsCompleted;

    /// <summary>For the compiler.</summary>
    public GuestTaskAwaiter GetAwaiter() => new(_box?.CheckFree());
}

/// <summary>An async method of a programmed guest that returns a value. See <see cref="GuestTask"/>.</summary>
/// <typeparam name="T">The value.</typeparam>
[AsyncMethodBuilder(typeof(GuestTaskMethodBuilder<>))]
public readonly struct GuestTask<T>
{
    private readonly GuestTaskBox<T>? _box;
    private readonly T _result;

    internal GuestTask(GuestTaskBox<T> box)
    {
        _box = box;
        _result = default!;
    }

    /// <summary>A task that has ended with a value.</summary>
    public GuestTask(T result)
    {
        _box = null;
        _result = result;
    }

    /// <summary>True when the method has ended, well or with an exception.</summary>
    public bool IsCompleted => _box is null || _box.IsCompleted;

    /// <summary>For the compiler.</summary>
    public GuestTaskAwaiter<T> GetAwaiter() => new(_box?.CheckFree(), _result);
}
