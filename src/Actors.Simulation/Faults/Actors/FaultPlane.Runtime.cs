using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>Timers, mailboxes, schedule.</content>
internal sealed partial class FaultPlane
{
    private readonly List<RuleState> _timerRules = [];
    private readonly List<RuleState> _mailboxRules = [];
    private readonly List<RuleState> _scheduleRules = [];
    private readonly List<(SimActor Actor, OpenFault Fault, long Until)> _starved = [];
    private readonly List<(SimActor Actor, OpenFault Fault, long Until)> _overtaken = [];
    private bool _isPosting;

    /// <summary>Whether timers are to be asked for.</summary>
    public bool HasTimerRules => _timerRules.Count > 0 || _hasDrift;

    /// <summary>Whether mailboxes are to be asked for.</summary>
    public bool HasMailboxRules => _mailboxRules.Count > 0;

    /// <summary>Whether steps are to be asked for.</summary>
    public bool HasStepRules => _scheduleRules.Count > 0 || _starved.Count > 0 || _overtaken.Count > 0;

    /// <inheritdoc/>
    public int AtTimer(IActorRef receiver, bool isRepeated, long now, ref long due)
    {
        var copies = 1;
        if (_hasDrift && _world.Find(receiver) is { Node: >= 0 and var node })
            due = now + _world.Cluster!.Nodes[node].Clock.ToVirtual(due - now);
        if (!_isOn || _timerRules.Count == 0)
            return copies;
        var place = PlaceOf(receiver);
        foreach (var rule in _timerRules)
        {
            if (!IsAbout(rule, place) || !Fires(rule, _world.NumberOf(receiver), out var firing) || copies == 0)
                continue;
            var target = _world.NumberOf(receiver);
            switch (rule.Verb)
            {
                case FaultVerb.Early:
                    var early = Math.Max(now, due - firing.A);
                    if (early != due)
                        Effect(rule, firing, target, due - early);
                    due = early;
                    break;
                case FaultVerb.Late:
                    due += firing.A;
                    if (firing.A > 0)
                        Effect(rule, firing, target, firing.A);
                    break;
                case FaultVerb.Duplicate:
                    copies++;
                    Effect(rule, firing, target);
                    break;
                case FaultVerb.Lose:
                    copies = 0;
                    var lost = Open(rule, firing, rule.Rule.HealAfter is null ? -1 : firing.A, null);
                    lost.Repair = () =>
                    {
                        _world.Host.Scheduler.Restore(lost);
                        RecoverOnce(lost);
                    };
                    _world.Host.Scheduler.LoseNext(lost);
                    EffectOnce(lost, target);
                    break;
            }
        }

        return copies;
    }

    /// <summary>A message reaches a mailbox. False: it is lost, or comes later (F72).</summary>
    /// <param name="actor">Whose.</param>
    /// <param name="message">The message.</param>
    /// <param name="sender">Its sender.</param>
    /// <param name="isLink">Whether it came over a link, and so is repeated when it is lost.</param>
    public bool AtMailbox(SimActor actor, object message, IActorRef sender, bool isLink)
    {
        if (!_isOn || _isPosting)
            return true;
        var place = PlaceOf(actor.Reference);
        var stays = true;
        foreach (var rule in _mailboxRules)
        {
            if (!stays || !IsAbout(rule, place) || place.Path.Length == 0)
                continue;
            if (rule.Verb == FaultVerb.Drop)
            {
                if ((IsRecoverable && !isLink) || actor.Count < rule.Parameters.First.A || !Fires(rule, actor.Number, out var firing))
                    continue;
                Effect(rule, firing, actor.Number);
                stays = false;
                var seam = _mailLost;
                Lose(seam, rule, firing, FactsOf(actor.Reference, message, sender));
            }
            else if (Fires(rule, actor.Number, out var firing))
            {
                Overtake(rule, firing, actor, message, sender);
                stays = false;
            }
        }

        if (stays && isLink && _mailLost.Lost.Count > 0)
            GotThrough(_mailLost, FactsOf(actor.Reference, message, sender));
        return stays;
    }

    /// <summary>A step is to be taken.</summary>
    public void AtStep(ReadySet ready)
    {
        for (var i = _starved.Count - 1; i >= 0; i--)
        {
            if (_world.Host.Steps >= _starved[i].Until || ready.Count == 0)
                _starved[i].Fault.Close();
        }

        for (var i = _overtaken.Count - 1; i >= 0; i--)
        {
            if (_overtaken[i].Actor.Taken >= _overtaken[i].Until)
                _overtaken[i].Fault.Close();
        }

        if (!_isOn)
            return;
        foreach (var rule in _scheduleRules)
        {
            if (rule.Verb == FaultVerb.Block)
                AtStepBlock(rule, ready);
            else
                AtStepStarve(rule, ready);
        }
    }

    private readonly LinkSeam _mailLost = new(LinkSite.VmControl);

    private void BindRuntime(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            switch (rule.Rule.Site)
            {
                case FaultSites.Timer:
                    _timerRules.Add(rule);
                    break;
                case FaultSites.Mailbox:
                    _mailboxRules.Add(rule);
                    break;
                case FaultSites.Schedule:
                    _scheduleRules.Add(rule);
                    break;
            }
        }
    }

    private static bool IsAbout(RuleState rule, ActorPlace place) =>
        place.Path.Length > 0 && rule.Target.Fits(place.What) && (rule.Parameters.Word("path") is "*" or "" || place.Fits(rule.Parameters.Word("path")));

    private void Overtake(RuleState rule, in FaultFiring firing, SimActor actor, object message, IActorRef sender)
    {
        var fault = Open(rule, firing, firing.B, null);
        var entry = (actor, fault, actor.Taken + Math.Max(1, firing.A));
        _overtaken.Add(entry);
        fault.Repair = () =>
        {
            _overtaken.Remove(entry);
            _isPosting = true;
            actor.Reference.Tell(message, sender);
            _isPosting = false;
            RecoverOnce(fault, actor.Number);
        };
        EffectOnce(fault, actor.Number);
    }

    private void AtStepStarve(RuleState rule, ReadySet ready)
    {
        var fitting = 0;
        for (var i = 0; i < ready.Count; i++)
        {
            if (IsAbout(rule, PlaceOf(ready[i].Reference)))
                fitting++;
        }

        if (fitting == 0 || ready.Count < 2 || !Fires(rule, -1, out var firing))
            return;
        var chosen = (int)(firing.B % fitting);
        for (var i = 0; i < ready.Count; i++)
        {
            if (!IsAbout(rule, PlaceOf(ready[i].Reference)) || chosen-- > 0)
                continue;
            var actor = ready[i];
            _world.Host.Hold(actor);
            var fault = Open(rule, firing, -1, null);
            var entry = (actor, fault, _world.Host.Steps + Math.Max(1, firing.A));
            _starved.Add(entry);
            fault.Repair = () =>
            {
                _starved.Remove(entry);
                _world.Host.Release(actor);
                RecoverOnce(fault, actor.Number);
            };
            EffectOnce(fault, actor.Number);
            return;
        }
    }

    private void AtStepBlock(RuleState rule, ReadySet ready)
    {
        if (ready.Count == 0 || !Fires(rule, -1, out var firing))
            return;
        var pool = rule.Parameters.Word("pool");
        var held = new List<SimActor>();
        foreach (var actor in _world.Actors)
        {
            var place = PlaceOf(actor.Reference);
            if (actor.IsOver || place.Path.Length == 0 || (pool != "all" && !place.Path.StartsWith(pool, StringComparison.Ordinal)))
                continue;
            _world.Host.Hold(actor);
            held.Add(actor);
        }

        if (held.Count == 0)
            return;
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            foreach (var actor in held)
                _world.Host.Release(actor);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
    }
}
