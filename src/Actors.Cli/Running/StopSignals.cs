using System.Runtime.InteropServices;

namespace Actors.Cli;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP: the first asks for an orderly end, the second leaves at once (terminals are restored on that way out too: they hang on the
/// process's exit).
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] Handled = [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGTERM, 15)];

    // Never disposed: a signal may come while the run is ending, and the source holds nothing but memory.
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<int> _exit;
    private int _first;

    private StopSignals(Action<int> exit) => _exit = exit;

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Status for a run that a signal ended, or null.</summary>
    public int? Status => Volatile.Read(ref _first) is var number and > 0 ? ExitStatus.SignalBase + number : null;

    /// <summary>Handles the process's signals until disposed.</summary>
    public static StopSignals Register()
    {
        var signals = Unregistered(Environment.Exit);
        foreach (var (signal, number) in Handled)
        {
            signals._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                signals.Take(number);
            }));
        }

        return signals;
    }

    /// <summary>Without the process's signals.</summary>
    /// <param name="exit">Leaves the process with a status.</param>
    public static StopSignals Unregistered(Action<int> exit) => new(exit);

    /// <summary>A signal came.</summary>
    public void Take(int number)
    {
        if (Interlocked.CompareExchange(ref _first, number, 0) == 0)
            _stop.Cancel();
        else
            _exit(ExitStatus.SignalBase + number);
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
    }
}
