using System.Net;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Streams, whose receiver refuses older tokens; it is behind a slow way.</summary>
internal sealed class RealStreams : IRealBackends
{
    private const long BytesPerSecond = 32 * 1024;

    private readonly FaultyWay _pace = new(0);
    private readonly WayFault _slow = new() { BytesPerSecond = BytesPerSecond };
    private readonly StreamReceiver _receiver;
    private readonly FaultProxy _proxy;

    /// <summary>Begins to listen.</summary>
    /// <param name="vms">Judges the bytes.</param>
    /// <param name="log">Takes a line for a person.</param>
    public RealStreams(RealVms vms, Action<string> log)
    {
        _pace.Add(_slow);
        var plain = new FaultyWay(0);
        _receiver = StreamReceiver.Start(new IPEndPoint(IPAddress.Loopback, 0), StreamOutput.Tap((vm, _) => vms.StreamOf(vm)), synchronize: false, log);
        _proxy = FaultProxy.Start(new IPEndPoint(IPAddress.Loopback, 0), _receiver.Address, _ => (_pace, plain), TimeProvider.System);
    }

    /// <summary>A writer says that it is done only when everything has been taken.</summary>
    public bool IsDrained => true;

    /// <inheritdoc/>
    public bool HasRefused => _receiver.Report().Streams.Any(static stream => stream.RefusedTokens > 0);

    /// <inheritdoc/>
    public ConsolePortSpec PortOf(VmId vm) => new(RealPlan.Port, false, BackendKind.Stream, _proxy.Address.ToString(), Policy: PortPolicy.Block);

    /// <inheritdoc/>
    public void Hurry() => _pace.Remove(_slow);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync().ConfigureAwait(false);
        _receiver.Dispose();
    }
}
