using System.Diagnostics;
using System.Globalization;

namespace Actors.Cli;

/// <summary>
/// Sees to it that no process which this one started outlives it, however it ends, not even a stopped one: a small shell that knows their numbers, holds the other end of a pipe, and
/// kills them when that pipe closes. It also sends signals to them, so that nothing here needs the system's own calls.
/// </summary>
internal sealed class ProcessKeeper : IDisposable
{
    private const string Script =
        """
        trap '' HUP INT QUIT TERM
        kept=
        while read -r what process; do
          case $what in
            keep) kept="$kept $process" ;;
            forget)
              rest=
              for one in $kept; do [ "$one" = "$process" ] || rest="$rest $one"; done
              kept=$rest ;;
            *) kill -s "$what" "$process" 2>/dev/null ;;
          esac
        done
        for one in $kept; do kill -s KILL "$one" 2>/dev/null; done
        """;

    private readonly Lock _gate = new();
    private readonly Process _shell;

    private ProcessKeeper(Process shell) => _shell = shell;

    /// <summary>Starts the shell.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no /bin/sh.</exception>
    public static ProcessKeeper Start()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        return new ProcessKeeper(Process.Start(start)!);
    }

    /// <summary>From now on this process doesn't outlive us.</summary>
    public void Keep(int process) => Say("keep", process);

    /// <summary>It has ended: its number may be somebody else's now.</summary>
    public void Forget(int process) => Say("forget", process);

    /// <summary>Sends a signal: KILL, STOP, CONT, TERM.</summary>
    public void Signal(int process, string signal) => Say(signal, process);

    /// <summary>Kills all that are kept, and is over when they are dead or dying.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            try
            {
                _shell.StandardInput.Dispose();
            }
            catch (IOException)
            {
                // It is gone already.
            }
        }

        _shell.WaitForExit();
        _shell.Dispose();
    }

    private void Say(string what, int process)
    {
        lock (_gate)
        {
            _shell.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {process}"));
            _shell.StandardInput.Flush();
        }
    }
}
