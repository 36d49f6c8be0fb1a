using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>Port descriptions for tests.</summary>
internal static class Ports
{
    public static ConsolePortSpec Of(BackendKind kind, string? path = null, SocketRole role = SocketRole.Server) =>
        new("tty0", IsConsole: true, kind, path, role);

    public static IPortBackend Open(BackendKind kind, BackendSignals signals, string? path = null, SocketRole role = SocketRole.Server, BackendOwner owner = default) =>
        new PortBackendFactory().Open(Of(kind, path, role), signals, owner);

    public static BackendResult Write(this IPortBackend backend, string text) => backend.TryWrite(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Reads until as many bytes are there, arming as a port does.</summary>
    public static string ReadText(this IPortBackend backend, BackendSignals signals, int length)
    {
        var bytes = new byte[length];
        for (var got = 0; got < length;)
        {
            var result = backend.TryRead(bytes.AsSpan(got));
            if (result.Status == BackendStatus.Done)
                got += result.Count;
            else if (result.Status is BackendStatus.WouldBlock or BackendStatus.Disconnected)
                signals.Await(backend, BackendInterest.Read);
            else
                Assert.Fail($"{result}");
        }

        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads until something else than bytes or a wait comes.</summary>
    public static BackendResult ReadToEnd(this IPortBackend backend, BackendSignals signals)
    {
        var bytes = new byte[4096];
        while (true)
        {
            var result = backend.TryRead(bytes);
            if (result.Status == BackendStatus.WouldBlock)
                signals.Await(backend, BackendInterest.Read);
            else if (result.Status != BackendStatus.Done)
                return result;
        }
    }

    /// <summary>Opens a backend that must not open, and gives the sentence.</summary>
    public static string Refused(BackendKind kind, string? path = null, SocketRole role = SocketRole.Server)
    {
        var before = OpenDescriptors.Snapshot();
        var refusal = Assert.Throws<BackendOpenException>(() => Open(kind, new BackendSignals(), path, role));
        Assert.Equal(before, OpenDescriptors.Snapshot());
        Assert.StartsWith("port 'tty0' ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        return refusal.Message;
    }
}
