using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// A file that takes output at its end and gives no input. A full disk is reported as full and tried again while a port waits; the file may grow, be
/// cut or be renamed by others meanwhile (rotation by renaming goes on into the renamed file).
/// </summary>
internal sealed class FileBackend : DescriptorBackend, IUndoableOpening
{
    private const uint ReadWriteForAll = 0b110_110_110;
    private const int Append = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

    private readonly string _path;
    private readonly SafeDescriptor _descriptor;
    private readonly bool _isNew;

    private FileBackend(string path, DescriptorStream file, bool isNew, IPortBackendEvents events, IOwnerLease? lease)
        : base($"file '{path}'", input: null, file, events, lease)
    {
        _path = path;
        _descriptor = file.Descriptor;
        _isNew = isNew;
    }

    /// <summary>Opens or creates the file at the port's path.</summary>
    public static FileBackend Open(ConsolePortSpec port, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        const string Write = "write to";
        var path = PathProblem.Require(port, "file");

        // First as a new one: who made the file takes it away again when no machine comes of it.
        var descriptor = Libc.Open(path, Append | O_EXCL, ReadWriteForAll);
        var isNew = !descriptor.IsInvalid;
        var file = new DescriptorStream(isNew ? descriptor : Libc.Open(path, Append, ReadWriteForAll));
        if (file.Descriptor.IsInvalid)
        {
            throw Libc.LastError is var error && error == ENXIO && FileStatus.TryGet(path, out var status) && status.IsSocket
                ? PathProblem.Of(port, Write, "it is a socket; use socket: for it")
                : PathProblem.Of(port, Write, error);
        }

        try
        {
            return new FileBackend(path, file, isNew, events, lease);
        }
        catch (IOException problem)
        {
            throw PathProblem.Of(port, Write, problem.Message);
        }
    }

    /// <inheritdoc/>
    public void UndoOpening()
    {
        if (_isNew && FileStatus.TryGet(_descriptor, out var made) && FileStatus.TryGet(_path, out var found) && found == made)
            Libc.Unlink(_path);
    }
}
