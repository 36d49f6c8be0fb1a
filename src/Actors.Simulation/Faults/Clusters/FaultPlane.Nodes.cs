namespace Actors.Simulation;

/// <content>Logical nodes: crashes, pauses.</content>
internal sealed partial class FaultPlane
{
    private readonly List<RuleState> _nodeRules = [];
    private readonly List<RuleState> _networkRules = [];
    private readonly List<RuleState> _decisionRules = [];

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
            if (node.IsAlive && node.Pauses == 0 && rule.Target.Fits(what) && Fires(rule, actor.Number, out var firing))
                Act(rule, firing, node);
        }

        return node.IsAlive && node.Pauses == 0;
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

    private void BindClusters()
    {
        foreach (var rule in _rules)
        {
            if (rule.Rule.Site == FaultSites.Node)
                _nodeRules.Add(rule);
            else if (rule.Rule.Site == FaultSites.Network)
                _networkRules.Add(rule);
            else if (rule.Rule.Site == FaultSites.Decision)
                _decisionRules.Add(rule);
        }
    }
}
