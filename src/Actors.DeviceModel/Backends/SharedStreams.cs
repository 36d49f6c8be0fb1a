using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>The streams that ports of several nodes in one process share, by machine and port name.</summary>
/// <param name="recordLimit">Bytes that each keeps.</param>
internal sealed class SharedStreams(int recordLimit = 1 << 20)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(VmId Vm, string Port), SharedStream> _streams = [];

    /// <summary>A port's stream, made when it is first asked for.</summary>
    public SharedStream this[VmId vm, string port]
    {
        get
        {
            lock (_gate)
            {
                if (!_streams.TryGetValue((vm, port), out var stream))
                    _streams.Add((vm, port), stream = new SharedStream($"stream {vm}/{port}", recordLimit));
                return stream;
            }
        }
    }
}
