using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Actors.Cli;

/// <summary>
/// Sees to it that no process which this one started outlives it, however it ends, not even a stopped one, and no folder: a small shell that knows their numbers and names holds the other end of a
/// pipe, and kills and removes them when that pipe closes. It also sends signals to processes, so that nothing here needs the system's own calls. A shell that is killed itself is replaced by another,
/// which is told everything again. None runs before something is to be kept.
/// </summary>
/// <param name="complain">Takes a line for a person; null: standard error.</param>
/// <param name="patience">How long processes that are killed are waited for before that is tried another way; null: <see cref="LastWait.Patience"/>.</param>
internal sealed class ProcessKeeper(Action<string>? complain = null, TimeSpan? patience = null) : IDisposable
{
    /// <summary>Shells that are started in the place of others, at most: whoever kills each of them doesn't want one.</summary>
    public const int MostReplacements = 8;

    // Folders are the shell's own arguments: they may have any character in their names but the end of a line.
    private const string Script =
        """
        trap '' HUP INT QUIT TERM
        kept=
        while read -r what which; do
          case $what in
            keep) kept="$kept $which" ;;
            forget)
              rest=
              for one in $kept; do [ "$one" = "$which" ] || rest="$rest $one"; done
              kept=$rest ;;
            keep-folder) set -- "$@" "$which" ;;
            *) kill -s "$what" "$which" 2>/dev/null ;;
          esac
        done
        for one in $kept; do kill -s KILL "$one" 2>/dev/null; done
        for one in "$@"; do rm -rf -- "$one" 2>/dev/null; done
        exit 0
        """;

    private readonly Lock _gate = new();
    private readonly HashSet<int> _kept = [];
    private readonly List<string> _folders = [];
    private Process? _shell;
    private int _replacements;
    private bool _isOver;

    /// <summary>How long a process that is killed is waited for before that is tried another way.</summary>
    public TimeSpan Patience { get; } = patience ?? LastWait.Patience;

    /// <summary>The shell's process; null: there is none.</summary>
    public int? Shell
    {
        get
        {
            lock (_gate)
                return _shell?.Id;
        }
    }

    /// <summary>Folders that are kept.</summary>
    public IReadOnlyList<string> Folders
    {
        get
        {
            lock (_gate)
                return [.. _folders];
        }
    }

    /// <summary>Says something to a person.</summary>
    public void Complain(string line)
    {
        if (complain is null)
            Complaint.Print(Console.Error, line);
        else
            complain(line);
    }

    /// <summary>From now on this process doesn't outlive us.</summary>
    /// <exception cref="Win32Exception">There is no /bin/sh.</exception>
    public void Keep(int process)
    {
        lock (_gate)
        {
            if (_kept.Add(process))
                Say("keep", process);
        }
    }

    /// <summary>It has ended: its number may be somebody else's now.</summary>
    public void Forget(int process)
    {
        lock (_gate)
        {
            if (_kept.Remove(process))
                Say("forget", process);
        }
    }

    /// <summary>From now on this folder doesn't outlive us. One whose name has an end of line does.</summary>
    /// <exception cref="Win32Exception">There is no /bin/sh.</exception>
    public void Keep(DirectoryInfo folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (folder.FullName.Contains('\n', StringComparison.Ordinal))
            return;
        lock (_gate)
        {
            _folders.Add(folder.FullName);
            Say($"keep-folder {folder.FullName}");
        }
    }

    /// <summary>Sends a signal: KILL, STOP, CONT, TERM.</summary>
    public void Signal(int process, string signal)
    {
        lock (_gate)
        {
            if (!Say(signal, process) && signal == "KILL")
                End(process);
        }
    }

    /// <summary>Kills all that are kept, removes the folders, and is over when they are gone or going, or don't go.</summary>
    public void Dispose()
    {
        Process? shell;
        lock (_gate)
        {
            shell = _shell;
            if (_isOver || shell is null)
                return;
            _isOver = true;
            try
            {
                shell.StandardInput.Dispose();
            }
            catch (IOException)
            {
                // It is gone already; what it should have ended is seen to below.
            }
        }

        if (!LastWait.For($"the shell that looks after processes ({shell.Id})", shell.WaitForExit, shell.Kill, Patience, Complain) || shell.ExitCode != 0)
            EndKept();
        shell.Dispose();
    }

    /// <summary>What a shell that was killed could not do.</summary>
    private void EndKept()
    {
        foreach (var process in _kept)
            End(process);
        foreach (var folder in _folders)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
            {
                // The shell did it, or it isn't ours any more.
            }
        }
    }

    private static void End(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended.
        }
    }

    private bool Say(string what, int process) => Say(Line(what, process));

    private static string Line(string what, int process) => string.Create(CultureInfo.InvariantCulture, $"{what} {process}");

    /// <summary>Says a line to the shell. When it is gone another one is started, and knows what was kept. False: none can be had.</summary>
    private bool Say(string line)
    {
        if (_isOver)
            return false;
        _shell ??= StartShell();
        while (!TryWrite(line))
        {
            if (!Replace())
                return false;
        }

        return true;
    }

    private bool TryWrite(string line)
    {
        try
        {
            _shell!.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Another shell in the place of one that is gone; it knows what was kept.</summary>
    private bool Replace()
    {
        while (_replacements < MostReplacements)
        {
            _replacements++;
            var gone = _shell!;
            try
            {
                _shell = StartShell();
            }
            catch (Win32Exception)
            {
                // No process can be started now. It is tried again, and told when it was tried too often.
                continue;
            }

            gone.Dispose();
            if (_kept.All(process => TryWrite(Line("keep", process))) && _folders.All(folder => TryWrite($"keep-folder {folder}")))
                return true;
        }

        if (_replacements++ == MostReplacements)
            Complain("the shell that looks after processes was ended again and again: if this process is killed now, processes that it started may stay");
        return false;
    }

    private Process StartShell()
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        start.ArgumentList.Add("sh");
        var shell = new Process { StartInfo = start, EnableRaisingEvents = true };
        shell.Exited += (_, _) => MissShell(shell);
        shell.Start();
        return shell;
    }

    /// <summary>A shell ended: another takes its place at once, so that nothing is unkept meanwhile.</summary>
    private void MissShell(Process shell)
    {
        lock (_gate)
        {
            if (!_isOver && ReferenceEquals(shell, _shell))
                Replace();
        }
    }
}
