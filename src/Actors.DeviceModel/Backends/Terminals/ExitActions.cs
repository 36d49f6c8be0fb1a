using System.Runtime.InteropServices;

namespace Actors.DeviceModel;

/// <summary>
/// What must be undone on every way out of the process that leaves a chance: its end, an unhandled exception, and the signals whose default ends it.
/// A signal goes on to its default afterwards; one that another handler has cancelled is left to that handler's way out.
/// </summary>
internal static class ExitActions
{
    private static readonly Lock Gate = new();
    private static readonly LinkedList<Action> Actions = new();
    private static readonly List<PosixSignalRegistration> Signals = [];

    /// <summary>Adds an action that may run more than once, or twice at a time, and doesn't throw. Disposing the result takes it back without running it.</summary>
    public static IDisposable Add(Action undo)
    {
        lock (Gate)
        {
            if (Signals.Count == 0)
                Hook();

            return new Entry(Actions.AddLast(undo));
        }
    }

    /// <summary>Runs what is there, newest first. Nothing is taken back.</summary>
    public static void RunAll()
    {
        Action[] actions;
        lock (Gate)
            actions = [.. Actions];

        for (var i = actions.Length - 1; i >= 0; i--)
            actions[i]();
    }

    private static void Hook()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => RunAll();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => RunAll();
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            Signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
    }

    private static void OnSignal(PosixSignalContext context)
    {
        if (!context.Cancel)
            RunAll();
    }

    private sealed class Entry(LinkedListNode<Action> node) : IDisposable
    {
        public void Dispose()
        {
            lock (Gate)
            {
                if (node.List is not null)
                    Actions.Remove(node);
            }
        }
    }
}
