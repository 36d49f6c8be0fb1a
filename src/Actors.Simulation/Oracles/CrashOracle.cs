using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// L6: a crash is announced, and so is what followed it; nobody crashes whom no fault of the plan crashed; and a VM doesn't end by a failure that nothing in the
/// plan explains.
/// </summary>
internal sealed class CrashOracle : Oracle
{
    private readonly List<(string Actor, Moment Moment)> _open = [];
    private readonly List<(int Actor, Moment Moment)> _unannounced = [];
    private bool[] _crashes = [];
    private bool[] _mayEnd = [];
    private int _anonymous;
    private bool _hasFired;

    /// <inheritdoc/>
    public override string Id => "L6";

    /// <inheritdoc/>
    public override string Statement => "Every crash comes from the plan, is announced, and is followed by a restart, a resumption or an announced end.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Life | WorldInterest.Fault | WorldInterest.Receive;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        OnPlan(world.Plan);
    }

    /// <inheritdoc/>
    public override void OnPlan(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var rules = plan.Faults;
        _crashes = new bool[rules.Length];
        _mayEnd = new bool[rules.Length];
        for (var i = 0; i < rules.Length; i++)
        {
            _crashes[i] = CrashActions.IsCrash(rules[i]);
            _mayEnd[i] = CrashActions.MayEndVm(rules[i]);
        }
    }

    /// <inheritdoc/>
    public override void OnFault(in Moment moment, in FaultEvent fault)
    {
        if (fault.Kind != FaultEventKind.Fired || (uint)fault.Rule >= (uint)_crashes.Length)
            return;
        _hasFired |= _mayEnd[fault.Rule];
        if (!_crashes[fault.Rule])
            return;
        if (fault.Target >= World.FirstActor)
        {
            // Two rules that fire at once crash an actor once.
            if (_unannounced is not [.., var last] || last.Actor != fault.Target || last.Moment.Step != moment.Step)
                _unannounced.Add((fault.Target, moment));
        }
        else
        {
            _anonymous++;
        }
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (step.Change != LifeChange.Crashed)
        {
            var actor = step.Actor;
            _open.RemoveAll(open => open.Actor == actor || open.Actor.StartsWith(actor + "/", StringComparison.Ordinal));
            return;
        }

        var at = -1;
        for (var i = 0; i < _unannounced.Count && at < 0; i++)
        {
            if (World.Trace.ActorName(_unannounced[i].Actor) == step.Actor)
                at = i;
        }

        if (at >= 0)
            _unannounced.RemoveAt(at);
        else if (--_anonymous < 0)
            Violate(moment, $"{step.Actor} crashed, and no fault of the plan crashed it: {step.Reason}");
        _open.Add((step.Actor, moment));
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        if (receive.Message is MachineHop.VmEnded { End: VmEnd.Failed or VmEnd.TripleFault } ended && !_hasFired)
            Violate(moment, $"{ended.Vm} ended by {ended.End}, and nothing in the plan may end it: {ended.Detail}");
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End)
            return;
        if (_unannounced.Count > 0)
            Violate(moment, $"the crash of {World.Trace.ActorName(_unannounced[0].Actor)} in step {_unannounced[0].Moment.Step} was not announced");
        else if (_open.Count > 0)
            Violate(moment, $"{_open[0].Actor} crashed in step {_open[0].Moment.Step}, and nothing was said of a restart or an end");
    }
}
