using System.Collections.Concurrent;

namespace Actors.Cli;

/// <summary>
/// A thread that lives as long as this process, for what is bound to the thread that did it: Linux takes the one that started a process for its parent, and tells the child of its end
/// (<see cref="ParentDeath"/>), while threads of the pool come and go.
/// </summary>
internal static class LastingThread
{
    private static readonly Lazy<BlockingCollection<Action>> _work = new(Begin);

    /// <summary>Does something on it, and waits for that.</summary>
    public static void Run(Action what)
    {
        var done = new TaskCompletionSource();
        _work.Value.Add(() =>
        {
#pragma warning disable CA1031 // It is thrown where the caller is.
            try
            {
                what();
                done.SetResult();
            }
            catch (Exception thrown)
            {
                done.SetException(thrown);
            }
#pragma warning restore CA1031
        });
        done.Task.GetAwaiter().GetResult();
    }

    private static BlockingCollection<Action> Begin()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var next in work.GetConsumingEnumerable())
                next();
        }) { IsBackground = true, Name = "children" }.Start();
        return work;
    }
}
