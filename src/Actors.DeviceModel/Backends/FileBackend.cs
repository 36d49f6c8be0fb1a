using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>
/// A file that takes output at its end and gives no input. A full disk is reported as full and tried again while a port waits; the file may grow, be
/// cut or be renamed by others meanwhile (rotation by renaming goes on into the renamed file).
/// </summary>
internal sealed class FileBackend : DescriptorBackend
{
    private const uint ReadWriteForAll = 0b110_110_110;

    private FileBackend(string path, DescriptorStream file, IPortBackendEvents events)
        : base($"file '{path}'", input: null, file, events)
    {
    }

    /// <summary>Opens or creates the file at the port's path.</summary>
    public static FileBackend Open(ConsolePortSpec port, IPortBackendEvents events)
    {
        const string Write = "write to";
        var path = PathProblem.Require(port, "file");
        var file = new DescriptorStream(Libc.Open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, ReadWriteForAll));
        if (file.Descriptor.IsInvalid)
        {
            throw Libc.LastError is var error && error == ENXIO && FileStatus.TryGet(path, out var status) && status.IsSocket
                ? PathProblem.Of(port, Write, "it is a socket; use socket: for it")
                : PathProblem.Of(port, Write, error);
        }

        try
        {
            return new FileBackend(path, file, events);
        }
        catch (IOException problem)
        {
            throw PathProblem.Of(port, Write, problem.Message);
        }
    }
}
