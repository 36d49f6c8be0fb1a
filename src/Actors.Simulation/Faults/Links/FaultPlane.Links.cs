using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>Links.</content>
internal sealed partial class FaultPlane
{
    /// <summary>Lost messages of a link that are remembered, to see whether they get through.</summary>
    private const int MaxLost = 4096;

    /// <summary>Life-cycle messages that a recoverable plan may lose in a row: then one gets through, since repetition has an end there.</summary>
    private const int MaxLostCommands = 8;

    private readonly Dictionary<LinkSite, LinkSeam> _links = new(ReferenceEqualityComparer.Instance);
    private readonly List<Action> _behind = [];
    private int _lostCommands;

    /// <summary>Whether a link's messages are to be asked for.</summary>
    public bool HasLinkRules(LinkSite site) => _links.Count > 0 && _links.ContainsKey(site);

    /// <summary>A message passes a link: deliver it, or don't.</summary>
    public void AtLink(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        var seam = _links[site];
        Watch(site, to, message, from);
        if (!_isOn && seam.IsQuiet)
        {
            _world.Deliver(site, to, message, from, isLate: false);
            return;
        }

        var facts = FactsOf(to, message, from);
        if (IsBlocked(seam, facts, message) || (_isOn && _loseNext.Count > 0 && IsLostPending(seam, message, to, facts)))
        {
            _world.Withhold(site, to, message, from);
            return;
        }

        if (seam.Hold is { } hold)
        {
            hold.Messages.Add((to, message, from));
            _world.Withhold(site, to, message, from);
            return;
        }

        var passing = new Passing(seam, to, message, from, facts);
        foreach (var rule in seam.Rules)
        {
            if (rule.Target.Fits(facts.What) && Concerns(rule, message) && Fires(rule, _world.NumberOf(to), out var firing))
                Act(rule, firing, ref passing);
        }

        if (passing.IsTaken)
            _world.Withhold(site, to, message, from);
        else
            Pass(seam, passing.To, passing.Message, from, facts, isLate: false);
        if (_accessRules.Count > 0 && site == LinkSite.DeviceAccess && message is DeviceHop.Access access)
            AtAccess(to, access, facts);
        Behind();
    }

    private void BindLinks(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            foreach (var site in LinkSite.All)
            {
                if (site.Name == rule.Rule.Site)
                    Seam(site).Rules.Add(rule);
            }

            if (rule.Rule.Site == FaultSites.GuestAccess)
            {
                _accessRules.Add(rule);
                Seam(LinkSite.DeviceResult);
            }

            switch (rule.Verb)
            {
                case FaultVerb.Overrun:
                    Seam(LinkSite.DmComplete);
                    break;
                case FaultVerb.Race or FaultVerb.NoClient:
                    Seam(LinkSite.VmControl);
                    break;
                case FaultVerb.DropConfig or FaultVerb.LosePending:
                    Seam(LinkSite.DeviceAccess);
                    break;
                case FaultVerb.Early when rule.Rule.Site == LinkSite.IrqRaise.Name:
                    Seam(LinkSite.IrqRaise);
                    break;
            }

            if (rule.Rule.Site is FaultSites.GuestAccess or FaultSites.GuestRing or FaultSites.GuestMemory || rule.Rule is { Row: "F05" })
                Seam(LinkSite.DeviceAccess);
        }
    }

    private LinkSeam Seam(LinkSite site)
    {
        if (!_links.TryGetValue(site, out var seam))
            _links.Add(site, seam = new LinkSeam(site));
        return seam;
    }

    private MessageFacts FactsOf(IActorRef to, object message, IActorRef from) =>
        MessageFacts.Of(message, PlaceOf(from).What, PlaceOf(to).What, _world.Host.Digest);

    /// <summary>Delivers a message, and sees what it means for those that wait or were lost.</summary>
    private void Pass(LinkSeam seam, IActorRef to, object message, IActorRef from, in MessageFacts facts, bool isLate)
    {
        _world.Deliver(seam.Site, to, message, from, isLate);
        GotThrough(seam, facts);
        if (message is UpcallHop.Upcall { AlsoPending.IsDefaultOrEmpty: false } upcall)
        {
            foreach (var request in upcall.AlsoPending)
                GotThrough(seam, MessageFacts.Of(upcall with { Request = request, AlsoPending = default }, PlaceOf(from).What, PlaceOf(to).What, _world.Host.Digest));
        }

        for (var i = seam.Waiting.Count - 1; i >= 0; i--)
        {
            var waiting = seam.Waiting[i];
            if (!waiting.To.Equals(to) || isLate)
                continue;
            if (waiting.Merges && waiting.Facts.Stream != facts.Stream)
                continue;
            if (waiting.Remaining < 0 ? waiting.Facts.What == facts.What && waiting.Facts.Number < facts.Number : --waiting.Remaining <= 0)
                _behind.Add(waiting.Fault.Close);
        }
    }

    private void GotThrough(LinkSeam seam, in MessageFacts facts)
    {
        for (var i = seam.Lost.Count - 1; i >= 0; i--)
        {
            var lost = seam.Lost[i];
            if (lost.Stream != facts.Stream || lost.Number > facts.Number)
                continue;
            seam.Lost.RemoveAt(i);
            Recover(lost.Rule, lost.Occurrence);
        }
    }

    private void Behind()
    {
        for (var i = 0; i < _behind.Count; i++)
            _behind[i]();
        _behind.Clear();
    }

    private bool IsBlocked(LinkSeam seam, in MessageFacts facts, object message)
    {
        for (var i = 0; i < seam.Blocks.Count; i++)
        {
            var block = seam.Blocks[i];
            if (block.Type is null ? block.Stream != facts.Stream || block.Number != facts.Number : block.Type != message.GetType())
                continue;
            EffectOnce(block.Fault);
            if (block.Left > 0 && --block.Left == 0)
                block.Fault.Close();
            return true;
        }

        return false;
    }

    private static void Lose(LinkSeam seam, RuleState rule, in FaultFiring firing, in MessageFacts facts)
    {
        if (seam.Lost.Count < MaxLost)
            seam.Lost.Add(new LostMessage(rule, firing.Occurrence, facts.Stream, facts.Number));
    }

    /// <summary>Keeps a message back, and delivers it when the fault is closed.</summary>
    private OpenFault Keep(RuleState rule, in FaultFiring firing, in Passing passing, long ticks)
    {
        var (seam, to, message, from, facts) = (passing.Seam, passing.To, passing.Message, passing.From, passing.Facts);
        var fault = Open(rule, firing, ticks, null);
        fault.Repair = () =>
        {
            Pass(seam, to, message, from, facts, isLate: true);
            EffectOnce(fault);
            RecoverOnce(fault);
            Behind();
        };
        return fault;
    }

    /// <summary>A message on its way over a link, while rules decide on it.</summary>
    private struct Passing(LinkSeam seam, IActorRef to, object message, IActorRef from, MessageFacts facts)
    {
        public readonly LinkSeam Seam = seam;
        public readonly IActorRef From = from;
        public readonly MessageFacts Facts = facts;
        public IActorRef To = to;
        public object Message = message;
        public bool IsTaken;
    }
}
