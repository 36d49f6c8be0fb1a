using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>Opens the real backends; memory is a sink that counts.</summary>
/// <param name="lease">What backends without tokens are used under; null: no other node can come to own them.</param>
internal sealed class PortBackendFactory(IOwnerLease? lease = null) : IPortBackendFactory
{
    /// <inheritdoc/>
    public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner) => port.Backend switch
    {
        BackendKind.Memory => new MemoryBackend(events),
        _ when !OperatingSystem.IsLinux() => throw new BackendOpenException($"port '{port.Name}' needs Linux: only memory backends work elsewhere."),
        BackendKind.Stdio => StdioBackend.Open(port, events, lease),
        BackendKind.Tty => TtyBackend.Open(port, events, lease),
        BackendKind.Pty => PtyBackend.Open(port, events, lease),
        BackendKind.File when owner.Fence.IsGuarded => FencedFileBackend.Open(port, events, owner.Fence, lease),
        BackendKind.File => FileBackend.Open(port, events, lease),
        BackendKind.Socket when port.Role == SocketRole.Client => SocketClientBackend.Open(port, events, lease),
        BackendKind.Socket => SocketServerBackend.Open(port, events, lease),
        BackendKind.Stream => StreamBackend.Open(port, events, owner),
        _ => throw new BackendOpenException($"port '{port.Name}' has a backend of unknown kind {port.Backend}; use stdio, tty, pty, file, socket or stream."),
    };
}
