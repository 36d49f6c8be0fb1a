using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>Actors: crashes, kills, pauses, slowness; crash points.</content>
internal sealed partial class FaultPlane
{
    private readonly List<RuleState> _actorRules = [];
    private readonly List<RuleState> _crashRules = [];
    private readonly List<(SimActor Actor, OpenFault? Fault, RuleState Rule, long Occurrence, string Path)> _crashed = [];
    private readonly Dictionary<(int Vm, int Vcpu), IoRequestSlotState> _slots = [];

    private readonly List<(int Vm, int Device, RuleState Rule, FaultFiring Firing)> _records = [];

    /// <summary>Whether records of devices may be old or lost.</summary>
    public bool WantsRecords { get; private set; }

    /// <summary>Whether actors are to be asked for before they take a message.</summary>
    public bool HasActorRules => _actorRules.Count > 0 || _crashed.Count > 0 || _nodeRules.Count > 0;

    /// <summary>Whether slots' edges are to be told.</summary>
    public bool WantsSlots { get; private set; }

    /// <summary>An actor is about to take a message.</summary>
    /// <param name="actor">Which.</param>
    /// <param name="message">The message.</param>
    /// <param name="instead">What it takes first instead.</param>
    public Taking AtTake(SimActor actor, object message, out Envelope instead)
    {
        instead = default;
        if (_crashed.Count > 0)
            GoesOn(actor);
        if (_isOn && _nodeRules.Count > 0 && actor.Node >= 0 && !AtNode(actor))
            return Taking.Nothing;
        if (!_isOn || _actorRules.Count == 0)
            return Taking.Message;
        var place = PlaceOf(actor.Reference);
        var taking = Taking.Message;
        foreach (var rule in _actorRules)
        {
            if (!IsMeant(rule, place, message) || !Fires(rule, actor.Number, out var firing) || taking != Taking.Message)
                continue;
            taking = ActOn(rule, firing, actor, ref instead);
        }

        return taking;
    }

    /// <summary>A slot took an edge.</summary>
    public void AtSlot(in SlotStep step)
    {
        if (step.Vcpu >= 0)
            _slots[(step.Vm.Value, step.Vcpu)] = step.To;
    }

    /// <summary>An actor was made: it may be one that was killed.</summary>
    public void AtAdopted(SimActor actor)
    {
        if (_crashed.Count > 0)
            GoesOn(actor);
    }

    /// <summary>A device that crashed is to go on. How many commits its record is old; 0: not at all; -1: it is lost.</summary>
    public long AgeOfRecord(VmId vm, Bdf function)
    {
        var at = _records.FindIndex(one => one.Vm == vm.Value && one.Device == function.RequesterId);
        if (at < 0)
            return 0;
        var (_, _, rule, firing) = _records[at];
        _records.RemoveAt(at);
        Effect(rule, firing);
        return rule.Parameters.Choice("record") == 1 ? Math.Clamp(firing.B, 1, SimRecords.MaxAge) : -1;
    }

    /// <summary>A crash site is reached: return, or throw.</summary>
    public void AtCrashSite(CrashSite site, VmId vm, int detail)
    {
        foreach (var rule in _crashRules)
        {
            if (rule.Rule.Site != site.Name || _world.ActorOf(_world.Trace.CurrentActor) is not { } actor)
                continue;
            var what = PlaceOf(actor.Reference).What;
            what = what.Port >= 0 ? what with { Vm = vm.Value } : what with { Vm = vm.Value, Queue = detail };
            if (!rule.Target.Fits(what) || !Fires(rule, actor.Number, out var firing))
                continue;
            Crashes(rule, firing, actor, firing.A);
            throw new SimulatedCrashException(ReasonOf(rule));
        }
    }

    private static string ReasonOf(RuleState rule) => $"fault '{rule.Rule.Id}'";

    private void BindActors(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            switch (rule.Rule.Site)
            {
                case FaultSites.Vcpu or FaultSites.Hypervisor or FaultSites.Hsm or FaultSites.DeviceModel or FaultSites.Device or FaultSites.Port or FaultSites.Actor:
                    _actorRules.Add(rule);
                    WantsSlots |= rule.Parameters.Choice("point") != 0;
                    WantsRecords |= rule.Parameters.Choice("record") != 0;
                    break;
                default:
                    if (rule.Verb == FaultVerb.Crash)
                        _crashRules.Add(rule);
                    break;
            }
        }
    }

    private bool IsMeant(RuleState rule, ActorPlace place, object message)
    {
        if (rule.Rule.Site == FaultSites.Actor ? place.Path.Length == 0 || !place.Fits(rule.Parameters.Word("path")) : rule.Rule.Site != place.Site)
            return false;
        if (!rule.Target.Fits(place.What))
            return false;
        if (rule.Verb == FaultVerb.Poison)
            return rule.Parameters.Word("type") is "*" or "" || ActorPlace.Glob(rule.Parameters.Word("type"), message.GetType().Name);
        return rule.Parameters.Choice("point") is var point && (point == 0 || IsAt(place.What, point));
    }

    private bool IsAt(in FaultTarget what, int point)
    {
        var wanted = point switch
        {
            1 => IoRequestSlotState.Free,
            2 => IoRequestSlotState.Pending,
            3 => IoRequestSlotState.Processing,
            _ => IoRequestSlotState.Complete,
        };
        if (what.Vcpu >= 0)
            return _slots.TryGetValue((what.Vm, what.Vcpu), out var state) && state == wanted;
        for (var vcpu = 0; vcpu < _world.Plan.Topology.Vcpus; vcpu++)
        {
            if (_slots.TryGetValue((what.Vm, vcpu), out var any) && any == wanted)
                return true;
        }

        return false;
    }

    private Taking ActOn(RuleState rule, in FaultFiring firing, SimActor actor, ref Envelope instead)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Crash:
                instead = CrashOf(rule);
                Crashes(rule, firing, actor, firing.A);
                return Taking.Other;
            case FaultVerb.Poison:
                instead = CrashOf(rule);
                Crashes(rule, firing, actor, firing.A);
                return Taking.OtherAndLose;
            case FaultVerb.Kill:
                instead = new Envelope(Kill.Instance, ActorRefs.NoSender);
                Crashes(rule, firing, actor, firing.A);
                return Taking.Other;
            case FaultVerb.Pause:
                HoldActor(rule, firing, actor, firing.A);
                return Taking.Nothing;
            case FaultVerb.Slow:
                Slow(rule, firing, actor);
                return Taking.Message;
            default:
                return Taking.Message;
        }
    }

    private Envelope CrashOf(RuleState rule) =>
        new(new Identify(null), new CrashingSender(ReasonOf(rule), _world.Host.System.DeadLetters.Path));

    /// <summary>An actor is crashing now; with a time it comes back only after it.</summary>
    private void Crashes(RuleState rule, in FaultFiring firing, SimActor actor, long restart)
    {
        // A crash that is to cost the record has its effect when that is looked for.
        if (rule.Parameters.Choice("record") != 0 && PlaceOf(actor.Reference).What is var what)
            _records.Add((what.Vm, what.Device, rule, firing));
        else
            Effect(rule, firing, actor.Number);
        OpenFault? fault = null;
        if (restart > 0)
        {
            _world.Host.Hold(actor);
            fault = Open(rule, firing, restart, () => _world.Host.Release(actor));
        }

        _crashed.Add((actor, fault, rule, firing.Occurrence, PlaceOf(actor.Reference).Path));
    }

    /// <summary>An actor that takes messages, or one of its name that is made anew, has come back.</summary>
    private void GoesOn(SimActor actor)
    {
        for (var i = _crashed.Count - 1; i >= 0; i--)
        {
            var crashed = _crashed[i];
            if (!ReferenceEquals(crashed.Actor, actor) && (crashed.Path.Length == 0 || crashed.Path != PlaceOf(actor.Reference).Path))
                continue;
            _crashed.RemoveAt(i);
            Recover(crashed.Rule, crashed.Occurrence, actor.Number);
        }
    }

    private void HoldActor(RuleState rule, in FaultFiring firing, SimActor actor, long ticks)
    {
        _world.Host.Hold(actor);
        var fault = Open(rule, firing, ticks, null);
        fault.Repair = () =>
        {
            _world.Host.Release(actor);
            RecoverOnce(fault, actor.Number);
        };
        EffectOnce(fault, actor.Number);
    }

    private void Slow(RuleState rule, in FaultFiring firing, SimActor actor)
    {
        var each = Math.Max(1, firing.A);
        actor.Slowness = each;
        var fault = Open(rule, firing, firing.B, null);
        fault.Repair = () =>
        {
            actor.Slowness = 0;
            RecoverOnce(fault, actor.Number);
        };
        EffectOnce(fault, actor.Number);
    }

    /// <summary>A slow actor has taken a message: it isn't ready before its time.</summary>
    public void Delayed(SimActor actor)
    {
        _world.Host.Hold(actor);
        _world.At(TimeSpan.FromTicks(Now + actor.Slowness), () => _world.Host.Release(actor));
    }
}

/// <summary>What an actor takes.</summary>
internal enum Taking : byte
{
    /// <summary>Its next message.</summary>
    Message,

    /// <summary>Something else first.</summary>
    Other,

    /// <summary>Something else, and its next message is lost.</summary>
    OtherAndLose,

    /// <summary>Nothing now.</summary>
    Nothing,
}
