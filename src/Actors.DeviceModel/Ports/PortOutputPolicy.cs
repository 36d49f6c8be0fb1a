using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>A port's policy as it is in force: what holds while somebody is there to take the bytes, and what while nobody is (design.md 6).</summary>
/// <param name="Connected">With a backend that is there.</param>
/// <param name="Disconnected">With a socket that has no client.</param>
/// <param name="BufferBytes">Bytes kept where one of them is Buffer.</param>
internal readonly record struct PortOutputPolicy(PortPolicyKind Connected, PortPolicyKind Disconnected, int BufferBytes)
{
    /// <summary>Bytes kept by a default that buffers.</summary>
    public const int DefaultBufferBytes = 64 * 1024;

    /// <summary>Largest buffer that a policy may ask for.</summary>
    public const int MaxBufferBytes = 256 * 1024 * 1024;

    /// <summary>The policy of a port: as described, else its backend's default.</summary>
    public static PortOutputPolicy Of(ConsolePortSpec port) => port.Policy switch
    {
        { } given => new PortOutputPolicy(given.Kind, given.Kind, given.BufferBytes),
        null when port.Backend == BackendKind.Pty => new PortOutputPolicy(PortPolicyKind.Buffer, PortPolicyKind.Buffer, DefaultBufferBytes),
        null when port.Backend == BackendKind.Socket => new PortOutputPolicy(PortPolicyKind.Block, PortPolicyKind.Buffer, DefaultBufferBytes),
        null => new PortOutputPolicy(PortPolicyKind.Block, PortPolicyKind.Block, 0),
    };

    /// <summary>Bytes that can be under way without one being dropped.</summary>
    public long Room => Connected == PortPolicyKind.Drop || Disconnected == PortPolicyKind.Drop ? 0
        : Connected == PortPolicyKind.Buffer || Disconnected == PortPolicyKind.Buffer ? BufferBytes
        : long.MaxValue;

    /// <summary>What holds now.</summary>
    public PortPolicyKind Now(bool connected) => connected ? Connected : Disconnected;
}
