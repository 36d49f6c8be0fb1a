using Actors.Protocol;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>The one sentence that says why a port's path can't be used, and what to do.</summary>
internal static class PathProblem
{
    /// <summary>The path, or the sentence that one is needed.</summary>
    public static string Require(ConsolePortSpec port, string kind)
    {
        if (string.IsNullOrEmpty(port.Path))
            throw new BackendOpenException($"port '{port.Name}' needs a path: {kind}:{port.Name}=PATH.");
        if (port.Path.Contains('\0', StringComparison.Ordinal))
            throw new BackendOpenException($"port '{port.Name}' has a path with a NUL character in it; name a path without.");

        return port.Path;
    }

    /// <summary>The path, or the sentence that one is needed or that it doesn't fit into a socket's address.</summary>
    public static string RequireSocket(ConsolePortSpec port, string verb)
    {
        var path = Require(port, "socket");
        return UnixSocket.Fits(path)
            ? path
            : throw Of(port, verb, $"a socket's path has at most {UnixSocket.MaxPathBytes} bytes; choose a shorter one");
    }

    /// <summary>The sentence for an errno.</summary>
    /// <param name="port">Whose path.</param>
    /// <param name="verb">What was tried: "write to", "listen at".</param>
    /// <param name="error">errno.</param>
    public static BackendOpenException Of(ConsolePortSpec port, string verb, int error) => Of(port, verb, error switch
    {
        ENOENT => "its directory doesn't exist; create the directory first",
        ENOTDIR => "a part of the path is not a directory; correct the path",
        EISDIR => "it is a directory; name a file in it",
        EACCES or EPERM => "permission denied; choose a path that you may write to",
        EROFS => "the file system is read-only; choose another path",
        ENXIO => "nobody is at its other end; start the reader first",
        ENAMETOOLONG => "the path is too long; choose a shorter one",
        ELOOP => "too many symbolic links; correct the path",
        _ => Libc.Describe(error),
    });

    /// <summary>The sentence for a reason.</summary>
    public static BackendOpenException Of(ConsolePortSpec port, string verb, string reason) =>
        new($"port '{port.Name}' can't {verb} '{port.Path}': {reason}.");
}
