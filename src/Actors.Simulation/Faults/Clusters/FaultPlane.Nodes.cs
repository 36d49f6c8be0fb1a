using Akka.Actor;

namespace Actors.Simulation;

/// <content>Logical nodes: crashes, pauses.</content>
internal sealed partial class FaultPlane
{
    /// <summary>Time from one jump of a strobing clock to the next.</summary>
    private const long StrobePeriod = 50 * TimeSpan.TicksPerMillisecond;

    /// <summary>Purpose of the numbers that say in which order nodes come back.</summary>
    private const ulong RestartPurpose = 0x8900;

    private readonly List<RuleState> _nodeRules = [];
    private readonly List<RuleState> _networkRules = [];
    private readonly List<RuleState> _decisionRules = [];
    private bool _hasDrift;

    /// <summary>Whether nodes are to be asked for.</summary>
    public bool HasNodeRules => _nodeRules.Count > 0;

    /// <summary>Whether decisions on a split are to be asked for.</summary>
    public bool HasDecisionRules => _decisionRules.Count > 0;

    /// <summary>Whether messages between nodes are to be asked for.</summary>
    public bool HasNetworkRules => _networkRules.Count > 0;

    /// <summary>An actor of a node is about to take a message. False: it doesn't, since its node stopped.</summary>
    private bool AtNode(SimActor actor)
    {
        var node = _world.Cluster!.Nodes[actor.Node];
        var what = NoPlace.What with { Node = node.Index };
        foreach (var rule in _nodeRules)
        {
            if (node.IsAlive && node.Pauses == 0 && rule.Target.Fits(what) && Concerns(rule, node) && Fires(rule, actor.Number, out var firing))
                Act(rule, firing, node);
        }

        return node.IsAlive && node.Pauses == 0;
    }

    /// <summary>Who has no VM can't give one away, or lose it.</summary>
    private bool Concerns(RuleState rule, SimNode node)
    {
        if (rule.Verb is not (FaultVerb.Double or FaultVerb.LoseLease))
            return true;
        for (var vm = 0; vm < _world.Plan.Topology.Vms; vm++)
        {
            if (node.Core is { } core && core.Runs(vm) != 0)
                return true;
        }

        return false;
    }

    /// <summary>What an experiment makes of a decision on a split.</summary>
    public bool AtDecision(SimNode node, bool survives)
    {
        if (!_isOn)
            return survives;
        var what = NoPlace.What with { Node = node.Index };
        foreach (var rule in _decisionRules)
        {
            if (!rule.Target.Fits(what) || !Fires(rule, -1, out var firing))
                continue;
            Effect(rule, firing, detail: survives ? 1 : 0);
            Recover(rule, firing.Occurrence);
            return !survives;
        }

        return survives;
    }

    private void Act(RuleState rule, in FaultFiring firing, SimNode node)
    {
        switch (rule.Verb)
        {
            case FaultVerb.NodeCrash:
                Crash(rule, firing, node);
                break;
            case FaultVerb.NodePause:
                Pause(rule, firing, node);
                break;
            case FaultVerb.NodeSlow:
                Slow(rule, firing, node);
                break;
            case FaultVerb.Skew or FaultVerb.Jump or FaultVerb.Drift:
                SetClock(rule, firing, node);
                break;
            case FaultVerb.Strobe:
                Strobe(rule, firing, node);
                break;
            case FaultVerb.Upgrade:
                Upgrade(rule, firing, node);
                break;
            case FaultVerb.Double:
                Double(rule, firing, node);
                break;
            case FaultVerb.LoseLease:
                LoseLease(rule, firing, node);
                break;
            case FaultVerb.TotalRestart:
                RestartAll(rule, firing);
                break;
        }
    }

    private void Crash(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var cluster = _world.Cluster!;
        cluster.Crash(node);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            if (!node.IsAlive)
                cluster.Start(node);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void Pause(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var cluster = _world.Cluster!;
        var life = node.Life;
        cluster.Pause(node);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            cluster.Resume(node, life);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void Slow(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var each = Math.Max(1, firing.A);
        SetSlowness(each);
        var life = node.Life;
        var fault = Open(rule, firing, firing.B, null);
        fault.Repair = () =>
        {
            if (node.Life == life)
                SetSlowness(0);
            node.Slowness = 0;
            RecoverOnce(fault);
        };
        EffectOnce(fault);

        void SetSlowness(long ticks)
        {
            node.Slowness = ticks;
            foreach (var actor in node.Actors)
                actor.Slowness = ticks;
        }
    }

    private void SetClock(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var isBack = rule.Parameters.Choice("direction") switch
        {
            1 => false,
            2 => true,
            _ => (firing.Occurrence & 1) != 0,
        };
        var by = isBack ? -firing.A : firing.A;
        var isDrift = rule.Verb == FaultVerb.Drift;
        Set(by);
        var fault = Open(rule, firing, firing.B, null);
        fault.Repair = () =>
        {
            Set(-by);
            RecoverOnce(fault);
        };
        EffectOnce(fault);

        void Set(long change)
        {
            if (isDrift)
                node.Clock.SetDrift(node.Clock.Drift + change);
            else
                node.Clock.Offset += change;
        }
    }

    private void Strobe(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var by = firing.A;
        var fault = Open(rule, firing, firing.B, null);
        var isAway = false;
        Turn();
        fault.Repair = () =>
        {
            if (isAway)
                node.Clock.Offset -= by;
            RecoverOnce(fault);
        };
        EffectOnce(fault);

        void Turn()
        {
            if (!fault.IsOpen)
                return;
            node.Clock.Offset += isAway ? -by : by;
            isAway = !isAway;
            _world.At(TimeSpan.FromTicks(Now + StrobePeriod), Turn);
        }
    }

    private void Upgrade(RuleState rule, in FaultFiring firing, SimNode node)
    {
        node.Version = rule.Parameters.Choice("version") == 0 ? node.Version + 1 : node.Version;
        var (cluster, isOther) = (_world.Cluster!, rule.Parameters.Choice("version") == 0);
        node.Member.Tell(new MemberHop.GiveAway(true, false), ActorRefs.NoSender);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            if (isOther)
            {
                node.Version--;
                cluster.Crash(node);
                cluster.Restart(node, 0);
            }

            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void Double(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var life = node.Life;
        node.Member.Tell(new MemberHop.GiveAway(false, true), ActorRefs.NoSender);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            if (node.Life == life && node.IsAlive)
                node.Member.Tell(MemberHop.Repent.Instance, ActorRefs.NoSender);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void LoseLease(RuleState rule, in FaultFiring firing, SimNode node)
    {
        var cluster = _world.Cluster!;
        var thief = cluster.Nodes[(node.Index + 1 + (int)((ulong)firing.B % (ulong)(cluster.Nodes.Length - 1))) % cluster.Nodes.Length];
        var isRunning = false;
        for (var vm = 0; vm < _world.Plan.Topology.Vms; vm++)
        {
            if (node.Core is not { } core || core.Runs(vm) == 0 || !thief.IsAlive)
                continue;
            isRunning = true;
            thief.Member.Tell(new MemberHop.Seize(vm), ActorRefs.NoSender);
        }

        if (!isRunning)
            return;
        Effect(rule, firing);
        Recover(rule, firing.Occurrence);
    }

    private void RestartAll(RuleState rule, in FaultFiring firing)
    {
        var cluster = _world.Cluster!;
        var nodes = new List<SimNode>(cluster.Nodes);
        foreach (var node in nodes)
            cluster.Crash(node);
        var fault = Open(rule, firing, -1, null);
        var draw = new Prng(_world.Request.Seed, RestartPurpose ^ (ulong)firing.Occurrence);
        var after = firing.A;
        var order = new List<SimNode>();
        while (nodes.Count > 0)
        {
            var at = (int)draw.Between(0, nodes.Count - 1);
            var node = nodes[at];
            nodes.RemoveAt(at);
            order.Add(node);
            cluster.Restart(node, after);
            after += firing.B;
        }

        var last = order[^1];
        var life = last.Life;
        _world.At(TimeSpan.FromTicks(Now + after), fault.Close);
        fault.Repair = () =>
        {
            // A heal that comes before the last is back brings all back at once.
            foreach (var node in order)
            {
                if (!node.IsAlive && node.Life <= life)
                    cluster.Start(node);
            }

            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }

    private void BindClusters(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            _hasDrift |= rule.Verb == FaultVerb.Drift;
            if (rule.Rule.Site == FaultSites.Node)
                _nodeRules.Add(rule);
            else if (rule.Rule.Site == FaultSites.Network)
                _networkRules.Add(rule);
            else if (rule.Rule.Site == FaultSites.Decision)
                _decisionRules.Add(rule);
        }
    }
}
