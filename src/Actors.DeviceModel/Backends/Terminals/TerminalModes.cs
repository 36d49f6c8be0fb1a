using System.Runtime.InteropServices;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// The modes of every terminal that a backend made raw. They come back when the last backend of a terminal closes and on every way out of the process
/// that leaves a chance; nobody else needs to do anything.
/// </summary>
public static class TerminalModes
{
    private static readonly Lock Gate = new();

    // By device, not by descriptor: the first to come saw the modes that the last to go must bring back.
    private static readonly Dictionary<ulong, RawTerminal> Terminals = [];
    private static PosixSignalRegistration? _continued;

    /// <summary>Brings back the modes of all terminals now. May be called at any time, any number of times.</summary>
    public static void RestoreAll()
    {
        lock (Gate)
        {
            foreach (var terminal in Terminals.Values)
                terminal.Restore();
        }
    }

    /// <summary>
    /// Makes a terminal raw until the result is disposed. In the background of its session it stays as it is (changing it would stop the process) until
    /// the process continues in the foreground.
    /// </summary>
    /// <exception cref="IOException">It is no terminal, or can't be changed.</exception>
    internal static IDisposable MakeRaw(SafeDescriptor terminal, bool keepSignals)
    {
        lock (Gate)
        {
            if (!Termios.TryGet(terminal, out var modes) || !FileStatus.TryGet(terminal, out var status))
                throw new IOException(Libc.Describe(Libc.LastError));

            var device = status.SpecialDevice;
            if (!Terminals.TryGetValue(device, out var raw))
            {
                var own = Libc.Duplicate(terminal, F_DUPFD_CLOEXEC, 3);
                if (own.IsInvalid)
                    throw new IOException(Libc.Describe(Libc.LastError));

                raw = new RawTerminal(own, modes, ExitActions.Add(RestoreAll));
                Terminals.Add(device, raw);
            }

            raw.Users++;
            raw.Wanted = raw.Original.Raw(keepSignals);
            raw.Apply();
            if (!OperatingSystem.IsWindows())
                _continued ??= PosixSignalRegistration.Create(PosixSignal.SIGCONT, OnContinued);
            return new Lease(device);
        }
    }

    /// <summary>After Ctrl-Z and fg: the shell has set its own modes meanwhile.</summary>
    private static void OnContinued(PosixSignalContext context)
    {
        // Continuing can't be cancelled; what can is the runtime's own restoring of the modes that it saw at the start, after this.
        context.Cancel = true;
        lock (Gate)
        {
            foreach (var terminal in Terminals.Values)
                terminal.Apply();
        }
    }

    private static void Release(ulong device)
    {
        lock (Gate)
        {
            var terminal = Terminals[device];
            if (--terminal.Users > 0)
                return;

            Terminals.Remove(device);
            terminal.Restore();
            terminal.Dispose();
        }
    }

    private sealed class Lease(ulong device) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            if (_released)
                return;

            _released = true;
            Release(device);
        }
    }

    private sealed class RawTerminal(SafeDescriptor descriptor, Termios original, IDisposable exitAction) : IDisposable
    {
        private bool _applied;

        public Termios Original { get; } = original;

        public Termios Wanted { get; set; }

        public int Users { get; set; }

        public void Apply()
        {
            if (MayChange())
                _applied = Termios.TrySet(descriptor, Wanted);
        }

        public void Restore()
        {
            // In the background it is the shell's again, with modes of the shell's own.
            if (_applied && MayChange())
                Termios.TrySet(descriptor, Original);
        }

        public void Dispose()
        {
            exitAction.Dispose();
            descriptor.Dispose();
        }

        /// <summary>True in the foreground, and with a terminal that doesn't control this process's session.</summary>
        private bool MayChange()
        {
            var foreground = Libc.GetForegroundGroup(descriptor);
            return foreground < 0 || foreground == Libc.GetProcessGroup();
        }
    }
}
