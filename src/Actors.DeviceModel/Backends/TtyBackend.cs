using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>A terminal device: raw while it is open, as it was afterwards. Its hang-up ends input and output for good.</summary>
internal sealed class TtyBackend : DescriptorBackend, ISizedBackend
{
    private readonly SafeDescriptor _terminal;

    private TtyBackend(string path, DescriptorStream stream, IPortBackendEvents events, IOwnerLease? lease)
        : base($"terminal '{path}'", stream, stream, events, lease) => _terminal = stream.Descriptor;

    /// <inheritdoc/>
    public event EventHandler? SizeChanged
    {
        // SIGWINCH tells only of the terminal that controls the process.
        add { }
        remove { }
    }

    /// <summary>Opens the terminal at the port's path.</summary>
    public static TtyBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        const string Use = "use the terminal";
        var path = PathProblem.Require(port, "tty");
        var descriptor = Libc.Open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
        if (descriptor.IsInvalid)
        {
            throw Libc.LastError switch
            {
                ENOENT => PathProblem.Of(port, Use, "it doesn't exist; name a terminal device that does"),
                EISDIR => PathProblem.Of(port, Use, "it is a directory; name a terminal device"),
                var error => PathProblem.Of(port, Use, error),
            };
        }

        var stream = new DescriptorStream(descriptor);
        if (Libc.IsTerminal(descriptor) != 1)
        {
            stream.Dispose();
            throw PathProblem.Of(port, Use, "it is not a terminal; name a terminal device, or write to a file with file:");
        }

        try
        {
            stream.OnClose(TerminalModes.MakeRaw(descriptor, keepSignals: false));
            return new TtyBackend(path, stream, events, lease);
        }
        catch (IOException problem)
        {
            stream.Dispose();
            throw PathProblem.Of(port, Use, problem.Message);
        }
    }

    /// <inheritdoc/>
    public bool TryGetSize(out ushort columns, out ushort rows) => TerminalWindow.TryGetSize(_terminal, out columns, out rows);
}
