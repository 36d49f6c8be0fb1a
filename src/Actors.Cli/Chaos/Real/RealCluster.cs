using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Actors.Cluster;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>
/// The processes of a run, their network, and a voice that talks to them. A node that ends by itself is started anew, as whatever keeps a service running would do. Called from one
/// thread; what nodes say comes on others.
/// </summary>
internal sealed class RealCluster : IRealCluster, IAsyncDisposable
{
    private const string ForeignRole = "wire-00000000";

    private readonly Plan _plan;
    private readonly ProcessKeeper _keeper;
    private readonly RunFolder _folder;
    private readonly Slot[] _slots;
    private readonly ActorSystem _system;
    private readonly Action<string> _log;
    private readonly bool _hasClocks;

    private RealCluster(Plan plan, ulong seed, Action<object, IActorRef> hear, Action<string> log)
    {
        _plan = plan;
        _log = log;
        _hasClocks = RealFaults.SetsClocks(plan);
        _system = ClientSystem.Start("127.0.0.1", tls: null);
        Observer = _system.ActorOf(Ear.Props(hear), "observer");
        Network = FaultyNetwork.Start(plan.Topology.Nodes, seed, TimeProvider.System);
        Addresses = [.. Network.Addresses.Select(address => address.ToString())];
        _slots = [.. Enumerable.Range(0, plan.Topology.Nodes).Select(_ => new Slot())];
        _keeper = new ProcessKeeper();
        _folder = RunFolder.Make("actors-chaos-", _keeper);
    }

    /// <inheritdoc/>
    public int Count => _slots.Length;

    /// <inheritdoc/>
    public FaultyNetwork Network { get; }

    /// <summary>host:port of each node.</summary>
    public ImmutableArray<string> Addresses { get; }

    /// <summary>For what the run needs in the file system.</summary>
    public DirectoryInfo Folder => _folder.Folder;

    /// <summary>Who is told of VMs.</summary>
    public IActorRef Observer { get; }

    /// <summary>Nodes that ended by themselves since the others went on without them.</summary>
    public int Lost { get; private set; }

    /// <summary>A node that ended and should not have, in a sentence.</summary>
    public string? Crash { get; private set; }

    /// <summary>Whether a node said that ports to backends without tokens have to wait, since no majority answered it.</summary>
    public bool HasWithheld { get; private set; }

    /// <summary>Whether all processes run and are members.</summary>
    public bool AreReady => Enumerable.Range(0, Count).All(IsReady);

    /// <summary>Makes the network and what looks after the processes; there is none before <see cref="Begin"/>.</summary>
    /// <exception cref="NodesMissingException">Nobody can speak to nodes.</exception>
    public static RealCluster Make(Plan plan, ulong seed, Action<object, IActorRef> hear, Action<string> log) => new(plan, seed, hear, log);

    /// <summary>Starts all nodes; the first founds the cluster.</summary>
    /// <exception cref="NodesMissingException">A process can't be started.</exception>
    public void Begin()
    {
        var network = _plan.Topology.Cluster.Network;
        if (network.Minimum + network.Mean >= TimeSpan.FromMilliseconds(1))
            Network.Break(static (_, _) => true, new WayFault { Delay = network.Minimum, Jitter = network.Mean });
        for (var node = 0; node < Count; node++)
            Launch(node, Addresses);
    }

    /// <inheritdoc/>
    public bool IsRunning(int node) => _slots[node] is { Process.Exited.IsCompleted: false, Pauses: 0, IsLeaving: false };

    /// <summary>Whether a node's process runs, as it should be, and said that it is a member.</summary>
    public bool IsReady(int node) => _slots[node] is { Process.IsReady: true, Pauses: 0, IsLeaving: false, IsForeign: false };

    /// <inheritdoc/>
    public void Kill(int node)
    {
        var slot = _slots[node];
        slot.IsWanted = false;
        slot.IsLeaving = false;
        slot.Process?.Dispose();
        slot.Process = null;
        slot.Pauses = 0;
    }

    /// <inheritdoc/>
    public void Replace(int node, bool isForeign)
    {
        var slot = _slots[node];
        slot.IsForeign = isForeign;
        slot.IsLeaving = true;
        slot.Process?.Signal("TERM");
    }

    /// <inheritdoc/>
    public void Restore(int node)
    {
        var slot = _slots[node];
        if (!slot.IsForeign)
            return;
        slot.IsForeign = false;
        if (!slot.IsLeaving)
            Start(node);
    }

    /// <inheritdoc/>
    public void Start(int node)
    {
        Kill(node);

        // Whoever comes back asks the others; where none of them is a member, somebody has to found the cluster anew.
        var members = Others(node).Where(other => _slots[other].Process is { IsReady: true }).Select(other => Addresses[other]).ToList();
        var waiting = Others(node).Where(other => _slots[other].Process is { Exited.IsCompleted: false }).Select(other => Addresses[other]).ToList();
        var isFounding = _slots.Any(slot => slot.IsFounder && slot.Process is { Exited.IsCompleted: false });
        Launch(node, members.Count > 0 ? members : waiting.Count > 0 && isFounding ? waiting : [Addresses[node], .. waiting]);
    }

    /// <inheritdoc/>
    public void Pause(int node)
    {
        if (_slots[node].Pauses++ == 0)
            _slots[node].Process?.Signal("STOP");
    }

    /// <inheritdoc/>
    public void Resume(int node)
    {
        if (_slots[node].Pauses > 0 && --_slots[node].Pauses == 0)
            _slots[node].Process?.Signal("CONT");
    }

    /// <inheritdoc/>
    public void SetClock(int node, TimeSpan offset, long partsPerMillion)
    {
        _slots[node].Clock = ExperimentClock.Line(offset, partsPerMillion);
        _slots[node].Process?.Say(_slots[node].Clock!);
    }

    /// <summary>Looks after the processes: starts anew who ended.</summary>
    public void Watch(TimeSpan now)
    {
        for (var node = 0; node < Count; node++)
        {
            var slot = _slots[node];
            if (!slot.IsWanted || slot.Process is not { Exited: { IsCompleted: true } exited })
                continue;
            if (slot.IsLeaving)
                Left(node, exited.Result);
            else if (slot.RestartAt is null)
                Ended(node, exited.Result, now);
            else if (slot.RestartAt <= now)
                Start(node);
        }
    }

    /// <summary>Says something to a node.</summary>
    public void Tell(int node, object message) => _system.ActorSelection(NodeSettings.EntranceOf(Addresses[node], tls: false)).Tell(message, Observer);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _slots)
            slot.Process?.End();
        foreach (var slot in _slots)
            slot.Process?.Dispose();
        await ClientSystem.EndAsync(_system, _keeper.Complain, isOrderly: false).ConfigureAwait(false);
        await Network.DisposeAsync().ConfigureAwait(false);
        _folder.Dispose();
        _keeper.Dispose();
    }

    private IEnumerable<int> Others(int node) => Enumerable.Range(0, Count).Where(other => other != node);

    /// <summary>A node that was asked to is gone.</summary>
    private void Left(int node, int status)
    {
        _log($"node {node} left, {NodeProcess.Text(status)}");

        // One that is still beginning can't be asked.
        if (status != ExitStatus.Ok && _slots[node].Process!.Ready.IsCompletedSuccessfully)
            Crash ??= $"node {node} was asked to leave and ended with {NodeProcess.Text(status)}: {_slots[node].Process!.LastWords}";
        Start(node);
    }

    /// <summary>A node ended by itself.</summary>
    private void Ended(int node, int status, TimeSpan now)
    {
        _slots[node].RestartAt = now + _plan.Topology.Cluster.Restart;
        _log($"node {node} ended, {NodeProcess.Text(status)}: {_slots[node].Process!.Reason ?? _slots[node].Process!.LastWords}");
        if (status is ExitStatus.Ok or ExitStatus.Failed or ExitStatus.SignalBase + 2 or ExitStatus.SignalBase + 15)
            Lost++;
        else
            Crash ??= $"node {node} ended with {NodeProcess.Text(status)}: {_slots[node].Process!.LastWords}";
    }

    private void Launch(int node, IReadOnlyList<string> join)
    {
        var slot = _slots[node];
        slot.Process?.Dispose();
        slot.IsWanted = true;
        slot.RestartAt = null;
        slot.Pauses = 0;
        slot.IsFounder = join[0] == Addresses[node];
        IPEndPoint known = Network.Addresses[node], bind = Network.BindOf(node);
        slot.Process = NodeProcess.Start(
            _keeper,
            $"node {node}",
            [
                "--roles", RealPlan.RolesOf(_plan, node), "--host", known.Address.ToString(), "--bind", bind.Address.ToString(),
                "--port", known.Port.ToString(CultureInfo.InvariantCulture), "--http", "off", "--hocon", Hocon(node, slot.IsForeign), .. _hasClocks ? [NodeCommand.Experiment] : Array.Empty<string>(), "--join", .. join,
            ],
            said => HasWithheld |= said.Contains(LeaseKeeper.Withholds, StringComparison.Ordinal));
        if (slot.Clock is { } clock)
            slot.Process.Say(clock);
        _log($"node {node} begins at {Addresses[node]}, process {slot.Process.Id}");
    }

    /// <summary>Times of the plan, and for a foreign node other wire types.</summary>
    private string Hocon(int node, bool isForeign)
    {
        var times = _plan.Topology.Cluster;
        var file = Path.Combine(_folder.Folder.FullName, $"{node}.hocon");
        File.WriteAllText(file, string.Create(CultureInfo.InvariantCulture, $$"""
            akka.cluster {
              failure-detector { heartbeat-interval = {{times.Heartbeat.TotalMilliseconds:0}}ms, expected-response-after = {{times.Heartbeat.TotalMilliseconds:0}}ms, acceptable-heartbeat-pause = {{times.Detection.TotalMilliseconds:0}}ms }
              split-brain-resolver.stable-after = {{times.StableAfter.TotalMilliseconds:0}}ms
            }
            {{(_hasClocks ? $"{ExperimentScheduler.Setting}\n{ExperimentDetector.Setting}" : string.Empty)}}
            akka.cluster {
              {{(isForeign ? $"roles = [{RealPlan.RolesOf(_plan, node)}, {ForeignRole}]" : string.Empty)}}
            }
            """));
        return file;
    }

    private sealed class Slot
    {
        public NodeProcess? Process { get; set; }

        public int Pauses { get; set; }

        public bool IsWanted { get; set; }

        public bool IsFounder { get; set; }

        public bool IsForeign { get; set; }

        public bool IsLeaving { get; set; }

        public TimeSpan? RestartAt { get; set; }

        /// <summary>What its clock was told last; null: nothing.</summary>
        public string? Clock { get; set; }
    }
}
