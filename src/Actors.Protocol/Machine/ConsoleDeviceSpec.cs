using System.Collections.Immutable;

namespace Actors.Protocol;

/// <summary>A virtio-console device of a machine.</summary>
/// <param name="Function">Where it sits on the PCI bus.</param>
/// <param name="Ports">1-16 ports; index is the port id.</param>
/// <param name="Transport">Which virtio-pci interfaces it offers.</param>
/// <param name="Ioeventfd">True: queue doorbells are registered with the HSM; false: kicks take the slow path.</param>
/// <param name="Asyncio">True: registered doorbells use the asyncio fast path.</param>
public sealed record ConsoleDeviceSpec(
    Bdf Function,
    ImmutableArray<ConsolePortSpec> Ports,
    VirtioTransportKind Transport = VirtioTransportKind.Transitional,
    bool Ioeventfd = true,
    bool Asyncio = false) : IDeviceSpec;

/// <summary>One console port and its backend.</summary>
/// <param name="Name">Announced by PORT_NAME; at most 255 bytes of UTF-8.</param>
/// <param name="IsConsole">True when the device sends CONSOLE_PORT (the '@' of the command line).</param>
/// <param name="Backend">Kind of backend.</param>
/// <param name="Path">tty device, file or socket path, a receiver's HOST:PORT; null where not needed.</param>
/// <param name="Role">Server or client, sockets only.</param>
/// <param name="Policy">What happens to guest data that the backend can't take; null is the backend's default.</param>
public sealed record ConsolePortSpec(
    string Name,
    bool IsConsole,
    BackendKind Backend,
    string? Path = null,
    SocketRole Role = SocketRole.Server,
    PortPolicy? Policy = null);

/// <summary>virtio-pci interfaces that a device offers.</summary>
public enum VirtioTransportKind : byte
{
    /// <summary>I/O BAR 0 only, no VERSION_1 (virtio 0.9.5 interface).</summary>
    Legacy,

    /// <summary>Capabilities and memory BAR only (device id 0x1040+type).</summary>
    Modern,

    /// <summary>Both; the driver chooses.</summary>
    Transitional,
}

/// <summary>Where the bytes of a port go to and come from.</summary>
public enum BackendKind : byte
{
    /// <summary>Standard input and output of the process.</summary>
    Stdio,

    /// <summary>A terminal device.</summary>
    Tty,

    /// <summary>A new pseudo terminal.</summary>
    Pty,

    /// <summary>A file, output only, appended.</summary>
    File,

    /// <summary>A UNIX stream socket.</summary>
    Socket,

    /// <summary>Held in memory by a test or benchmark: output counted or recorded, input scripted.</summary>
    Memory,

    /// <summary>A receiver of streams (HOST:PORT), output only: it outlives this process, and who takes over goes on with the next byte.</summary>
    Stream,
}

/// <summary>Who connects.</summary>
public enum SocketRole : byte
{
    /// <summary>Listens at the path; one client at a time.</summary>
    Server,

    /// <summary>Connects to the path, again and again.</summary>
    Client,
}

/// <summary>What happens to guest data that a backend can't take now.</summary>
/// <param name="Kind">The policy.</param>
/// <param name="BufferBytes">Bytes kept by <see cref="PortPolicyKind.Buffer"/>; else 0.</param>
public sealed record PortPolicy(PortPolicyKind Kind, int BufferBytes = 0)
{
    /// <summary>Lossless back-pressure: the guest's buffer comes back when the backend took the bytes.</summary>
    public static readonly PortPolicy Block = new(PortPolicyKind.Block);

    /// <summary>As ACRN: what doesn't fit is dropped (and, here, counted).</summary>
    public static readonly PortPolicy Drop = new(PortPolicyKind.Drop);

    /// <summary>The default buffered policy, 64 KiB.</summary>
    public static readonly PortPolicy DefaultBuffer = new(PortPolicyKind.Buffer, 64 * 1024);
}

/// <summary>Kinds of port data policy (design.md 6).</summary>
public enum PortPolicyKind : byte
{
    /// <summary>Lossless.</summary>
    Block,

    /// <summary>Bounded buffer, oldest dropped and counted.</summary>
    Buffer,

    /// <summary>Dropped and counted.</summary>
    Drop,
}
