using System.Runtime.InteropServices;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Standard input and output of the process; one port at a time has them. A terminal at standard input becomes raw, but Ctrl-C and its like keep their
/// meaning. The end of standard input leaves the output working. How descriptors that others share are kept from blocking: <see cref="InheritedStream"/>.
/// </summary>
internal sealed class StdioBackend : DescriptorBackend, ISizedBackend
{
    private static int _taken;

    private readonly SafeDescriptor? _terminal;
    private readonly PosixSignalRegistration? _resized;
    private readonly IDisposable? _claim;

    private StdioBackend(DescriptorStream input, DescriptorStream output, SafeDescriptor? terminal, IDisposable? claim, IPortBackendEvents events, IOwnerLease? lease)
        : base("stdio", input, output, events, lease)
    {
        _claim = claim;
        _terminal = terminal;
        if (terminal is not null && !OperatingSystem.IsWindows())
            _resized = PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => SizeChanged?.Invoke(this, EventArgs.Empty));
    }

    /// <inheritdoc/>
    public event EventHandler? SizeChanged;

    /// <summary>Takes standard input and output for a port.</summary>
    public static StdioBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
            throw new BackendOpenException($"port '{port.Name}' can't use stdio: another port has it, and only one can; choose pty or socket here.");

        var claim = new Claim();
        try
        {
            if (!StandardStreams.IsInherited(0))
                throw new IOException("standard input is closed");
            if (!StandardStreams.IsInherited(1))
                throw new IOException("standard output is closed");

            return Open(0, 1, claim, events, lease);
        }
        catch (IOException problem)
        {
            claim.Dispose();
            throw new BackendOpenException($"port '{port.Name}' can't use stdio: {problem.Message}; redirect it, for example from and to a file.", problem);
        }
    }

    /// <summary>The same over any two descriptors of this process.</summary>
    /// <exception cref="IOException">They can't be used.</exception>
    internal static StdioBackend Open(int inputNumber, int outputNumber, IDisposable? claim, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        var input = InheritedStream.Open(inputNumber, forWriting: false);
        DescriptorStream? output = null;
        try
        {
            output = InheritedStream.Open(outputNumber, forWriting: true);
            var terminal = SafeDescriptor.Inherited(inputNumber);
            if (Libc.IsTerminal(terminal) != 1)
                terminal = null;
            else
                input.OnClose(TerminalModes.MakeRaw(terminal, keepSignals: true));

            return new StdioBackend(input, output, terminal, claim, events, lease);
        }
        catch (IOException)
        {
            input.Dispose();
            output?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGetSize(out ushort columns, out ushort rows) => TerminalWindow.TryGetSize(_terminal, out columns, out rows);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _resized?.Dispose();
        base.Dispose();
        _claim?.Dispose();
    }

    private sealed class Claim : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
                Volatile.Write(ref _taken, 0);
        }
    }
}
