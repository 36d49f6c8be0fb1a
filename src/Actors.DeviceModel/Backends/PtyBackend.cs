using System.Text;
using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// A new pseudo terminal. Its slave side is raw and held open here, so that users may come and go without a hang-up. With a path, a symbolic link there
/// leads to it until the end (ACRN ignores the path); what exists at the path is never replaced, except such a link whose pseudo terminal is gone.
/// </summary>
internal sealed class PtyBackend : DescriptorBackend, IHoldingBackend
{
    private const int MaxNameLength = 64;

    // The kernel moves what waits behind a full read buffer a moment after the buffer was read: for that moment all seems read.
    private const int SettleMilliseconds = 10;
    private const string Slaves = "/dev/pts/";

    private readonly SafeDescriptor _slave;

    private PtyBackend(string slaveName, SafeDescriptor slave, DescriptorStream master, ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease)
        : base($"pseudo terminal {slaveName}", master, master, events, lease)
    {
        _slave = slave;
        SlaveName = slaveName;
        Notice = string.IsNullOrEmpty(port.Path)
            ? $"port '{port.Name}' is at {slaveName}"
            : $"port '{port.Name}' is at {slaveName}, linked from {port.Path}";
    }

    /// <summary>Path of the side for users.</summary>
    public string SlaveName { get; }

    /// <inheritdoc/>
    public bool HoldsOutput => !_slave.IsClosed && DescriptorIo.IsReadable(_slave, SettleMilliseconds);

    /// <summary>Makes a pseudo terminal.</summary>
    public static PtyBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        var master = new DescriptorStream(Libc.OpenPseudoTerminal(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
        try
        {
            if (master.Descriptor.IsInvalid)
                throw new IOException(Libc.Describe(Libc.LastError));

            var (name, slave) = HoldSlave(master);
            if (!string.IsNullOrEmpty(port.Path))
                master.OnClose(new SlaveLink(port, name));

            return new PtyBackend(name, slave, master, port, events, lease);
        }
        catch (BackendOpenException)
        {
            master.Dispose();
            throw;
        }
        catch (IOException problem)
        {
            master.Dispose();
            throw new BackendOpenException($"port '{port.Name}' can't have a pseudo terminal: {problem.Message}; close some, or choose a socket.", problem);
        }
    }

    /// <inheritdoc/>
    public long TakeHeldOutput()
    {
        if (_slave.IsClosed)
            return 0;

        // A user may have asked for whole lines; an unfinished one counts, too.
        if (Termios.TryGet(_slave, out var modes))
            Termios.TrySet(_slave, modes.Raw(keepSignals: false));

        var count = 0L;
        Span<byte> bytes = stackalloc byte[4096];
        while (DescriptorIo.IsReadable(_slave, SettleMilliseconds))
        {
            // A user may read at the same time, and leave nothing.
            var read = DescriptorIo.Read(_slave, bytes, socket: false);
            if (read.Status is not (BackendStatus.Done or BackendStatus.WouldBlock))
                break;
            count += read.Count;
        }

        return count;
    }

    private static unsafe (string Name, SafeDescriptor Slave) HoldSlave(DescriptorStream master)
    {
        var name = stackalloc byte[MaxNameLength];
        if (Libc.GrantPseudoTerminal(master.Descriptor) != 0 || Libc.UnlockPseudoTerminal(master.Descriptor) != 0)
            throw new IOException(Libc.Describe(Libc.LastError));
        if (Libc.NameOfSlave(master.Descriptor, name, MaxNameLength) is var error and not 0)
            throw new IOException(Libc.Describe(error));

        var bytes = new ReadOnlySpan<byte>(name, MaxNameLength);
        var path = Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
        var slave = Libc.Open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0);
        master.OnClose(slave);
        if (slave.IsInvalid || !Termios.TryGet(slave, out var modes) || !Termios.TrySet(slave, modes.Raw(keepSignals: false).WithoutOutputProcessing()))
            throw new IOException(Libc.Describe(Libc.LastError));

        return (path, slave);
    }

    private sealed class SlaveLink : IDisposable
    {
        private readonly string _path;
        private readonly string _target;
        private readonly IDisposable _exitAction;

        public SlaveLink(ConsolePortSpec port, string target)
        {
            const string Link = "put the link to its pseudo terminal at";
            _path = PathProblem.Require(port, "pty");
            _target = target;

            // A link that leads here was there before this pseudo terminal was: its own is gone, and its number is ours now.
            if (TargetOf(_path) is { } old && old.StartsWith(Slaves, StringComparison.Ordinal) && (old == target || !File.Exists(old)))
                Libc.Unlink(_path);

            if (Libc.SymbolicLink(target, _path) != 0)
            {
                throw Libc.LastError == EEXIST
                    ? PathProblem.Of(port, Link, "something is there already; remove it, or choose another path")
                    : PathProblem.Of(port, Link, Libc.LastError);
            }

            _exitAction = ExitActions.Add(Remove);
        }

        public void Dispose()
        {
            _exitAction.Dispose();
            Remove();
        }

        private static string? TargetOf(string path) =>
            FileStatus.TryGet(path, out var status) && status.IsSymbolicLink ? new FileInfo(path).LinkTarget : null;

        private void Remove()
        {
            if (TargetOf(_path) == _target)
                Libc.Unlink(_path);
        }
    }
}
