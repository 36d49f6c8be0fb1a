using System.Globalization;
using Actors.Cli;
using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Scenarios;

/// <summary>
/// A cluster of real processes, one node for guests and two for service sides, and one VM in split placement that sends numbered lines; or one node for all of it. The nodes miss one another after half a minute:
/// longer than a busy machine keeps a healthy one waiting.
/// </summary>
internal sealed class SplitCluster : IAsyncDisposable
{
    public const string Port = "out";
    public const int LineBytes = 1024;

    private const int Key = 5;

    private const string Missing = "akka.cluster.failure-detector.acceptable-heartbeat-pause = 30s\n";

    private readonly TemporaryFolder _folder = new();
    private readonly ProcessKeeper _keeper = new();
    private readonly Dictionary<string, NodeProcess> _nodes = [];
    private readonly List<string> _said = [];
    private readonly ActorSystem _system = ClientSystem.Start("127.0.0.1", tls: null);
    private readonly Inbox _inbox;
    private string? _guests;
    private VmPlacement _placement = VmPlacement.Split;

    private SplitCluster()
    {
        _inbox = Inbox.Create(_system);
        File.WriteAllText(Hocon, Missing);
    }

    public static VmId Vm { get; } = new(7);

    /// <summary>What the guest sends: 32 MiB, or as many as the environment says, up to 1,023.</summary>
    public static int Lines { get; } = 1024 * (int.TryParse(Environment.GetEnvironmentVariable("ACTORS_TEST_TRANSFER_MIB"), CultureInfo.InvariantCulture, out var mib) ? Math.Clamp(mib, 1, 1023) : 32);

    public static int TotalBytes { get; } = Lines * LineBytes;

    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(10);

    public static async Task<SplitCluster> StartAsync()
    {
        var cluster = new SplitCluster();
        cluster._guests = await cluster.AddAsync(cluster.Run(1, NodeRoles.Guest));
        foreach (var node in (NodeProcess[])[cluster.Run(2, NodeRoles.Service), cluster.Run(3, NodeRoles.Service)])
            await cluster.AddAsync(node);
        return cluster;
    }

    /// <summary>One node, with both sides of the VM.</summary>
    public static async Task<SplitCluster> StartAloneAsync()
    {
        var cluster = new SplitCluster { _placement = VmPlacement.Colocated };
        cluster._guests = await cluster.AddAsync(cluster.Run(1, $"{NodeRoles.Guest},{NodeRoles.Service}"));
        return cluster;
    }

    /// <summary>What the guest sends, byte for byte.</summary>
    public static byte[] Expected()
    {
        var expected = new byte[TotalBytes];
        for (var line = 0; line < Lines; line++)
            NumberedLine.Write(expected.AsSpan(line * LineBytes, LineBytes), Key, line);
        return expected;
    }

    /// <summary>Polls: a file's length, and what a process says, come without an event that this process could wait for.</summary>
    public static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));

    /// <summary>The VM runs, with a port of such a backend.</summary>
    public ClusterHop.VmUp Start(BackendKind backend, string path)
    {
        var port = new ConsolePortSpec(Port, true, backend, path, SocketRole.Client, PortPolicy.Block);
        var spec = new VmSpec(Vm, 1, 128 << 20, new GuestSpec("lines", [Port, $"{Key}", $"{Lines}", $"{LineBytes}"]), [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [port])]);
        Tell(new ClusterHop.StartVm(spec, _placement, _inbox.Receiver));
        return Up(after: default);
    }

    /// <summary>The VM is up with a higher token.</summary>
    public ClusterHop.VmUp Up(FencingToken after)
    {
        var up = Expect<ClusterHop.VmUp>(news => news.Fence > after);
        Tell(up.Seen());
        return up;
    }

    /// <summary>The VM's end.</summary>
    public ClusterHop.VmDown Down()
    {
        var down = Expect<ClusterHop.VmDown>(_ => true);
        Tell(down.Seen());
        return down;
    }

    /// <summary>kill -9 of a node.</summary>
    public void Kill(string address) => _nodes[address].End();

    /// <summary>The same; done when the node is gone.</summary>
    public async Task KillAsync(string address)
    {
        Kill(address);
        await _nodes[address].Exited.WaitAsync(Patience);
    }

    /// <summary>SIGTERM of a node.</summary>
    public void Leave(string address) => _nodes[address].Signal("TERM");

    /// <summary>What nodes said so far.</summary>
    public string[] Said()
    {
        lock (_said)
            return [.. _said];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
            node.Dispose();
        _keeper.Dispose();
        _inbox.Dispose();
        ((ExtendedActorSystem)_system).Abort();
        await _system.WhenTerminated;
        _folder.Dispose();
    }

    private string Hocon => _folder.File("nodes.hocon");

    private NodeProcess Run(int number, string role)
    {
        string[] join = _guests is null ? [] : ["--join", _guests];
        return NodeProcess.Start(_keeper, $"node {number}", ["--roles", role, "--profile", "tests", "--hocon", Hocon, "--port", "0", "--http", "off", .. join], Hear);
    }

    private async Task<string> AddAsync(NodeProcess node)
    {
        var address = await node.Ready.WaitAsync(Patience);
        _nodes.Add(address, node);
        return address;
    }

    private void Hear(string line)
    {
        lock (_said)
            _said.Add(line);
    }

    private void Tell(object message) => _system.ActorSelection(NodeSettings.EntranceOf(_guests!, tls: false)).Tell(message, _inbox.Receiver);

    private T Expect<T>(Func<T, bool> which)
        where T : class
    {
        while (true)
        {
            var heard = _inbox.Receive(Patience);
            Assert.True(heard is not (Status.Failure or MachineHop.VmRefused), $"{heard}; {string.Join('\n', Said())}");
            if (heard is T message && which(message))
                return message;
        }
    }
}
