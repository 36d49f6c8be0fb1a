using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>What is done to requests, registrations and tables.</content>
internal sealed partial class FaultPlane
{
    private readonly List<(int Vm, DispatchHop.SetIoeventfd Registration, IActorRef From)> _registrations = [];

    private void ActOnRequests(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Stuck:
                Block(rule, firing, passing.Seam, passing.Facts, firing.A, -1, isRecovered: true);
                passing.IsTaken = true;
                break;
            case FaultVerb.Error:
                Block(rule, firing, passing.Seam, passing.Facts, -1, firing.A - 1, isRecovered: true);
                passing.IsTaken = true;
                break;
            case FaultVerb.Refuse:
                var result = ErrnoOf(rule.Parameters.Word("errno"));
                passing.Message = passing.Message switch
                {
                    DispatchHop.RegistrationResult registered => registered with { Result = result },
                    UpcallHop.AsyncioResult asyncio => asyncio with { Result = result },
                    var other => other,
                };
                Effect(rule, firing, _world.NumberOf(passing.To));
                break;
            case FaultVerb.Stale:
                Stale(rule, firing, ref passing);
                break;
            case FaultVerb.Race:
                Race(rule, firing, passing);
                break;
            case FaultVerb.Shadow:
                Shadow(rule, firing, passing);
                break;
            case FaultVerb.NoClient:
                NoClient(rule, firing, passing);
                break;
            case FaultVerb.NoPage:
                NoPage(rule, firing, passing);
                break;
            case FaultVerb.Overrun:
                Overrun(rule, firing, passing);
                break;
            case FaultVerb.RingFull:
                RingFull(rule, firing, ref passing);
                break;
        }
    }

    private static Errno ErrnoOf(string name) => name switch
    {
        "ENOMEM" => Errno.NoMemory,
        "EEXIST" => Errno.Exists,
        "EBUSY" => Errno.Busy,
        "ENODEV" => Errno.NoDevice,
        "ENOSPC" => Errno.NoSpace,
        _ => Errno.Invalid,
    };

    /// <summary>A message doesn't pass, however often it comes.</summary>
    private void Block(RuleState rule, in FaultFiring firing, LinkSeam seam, in MessageFacts facts, long ticks, long left, bool isRecovered)
    {
        if (isRecovered)
            Lose(seam, rule, firing, facts);
        if (left == 0)
        {
            Effect(rule, firing);
            return;
        }

        var fault = Open(rule, firing, ticks, null);
        var block = new LinkBlock(fault, facts.Stream, facts.Number) { Left = left };
        seam.Blocks.Add(block);
        fault.Repair = () => seam.Blocks.Remove(block);
        EffectOnce(fault);
    }

    /// <summary>The message, or a copy of it, comes when its VM is in another epoch.</summary>
    private void Stale(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var fault = Keep(rule, firing, passing, -1);
        _untilReset.Add((passing.Facts.What.Vm, fault));
        passing.IsTaken |= rule.Parameters.Choice("as") != 0;
    }

    private DispatchHop.SetIoeventfd? RegistrationOf(UpcallHop.Upcall upcall)
    {
        var access = upcall.Request.Access;
        foreach (var (vm, registration, _) in _registrations)
        {
            if (vm == upcall.Vm.Value && registration.Address == access.Address && access.IsWrite
                && (registration.Flags & IoeventfdFlags.Pio) != 0 == (access.Type == IoRequestType.PortIo)
                && ((registration.Flags & IoeventfdFlags.DataMatch) == 0 || registration.Data == access.Value))
                return registration;
        }

        return null;
    }

    private void Remember(DispatchHop.SetIoeventfd registration, IActorRef from)
    {
        _registrations.RemoveAll(known => known.Vm == registration.Vm.Value && known.Registration.Cookie == registration.Cookie);
        if ((registration.Flags & IoeventfdFlags.Deassign) == 0)
            _registrations.Add((registration.Vm.Value, registration, from));
    }

    private void Race(RuleState rule, FaultFiring firing, in Passing passing)
    {
        var registration = RegistrationOf((UpcallHop.Upcall)passing.Message)!;
        var from = _registrations.Find(known => ReferenceEquals(known.Registration, registration)).From;
        var to = passing.To;
        var epoch = passing.Facts.Epoch;
        if (rule.Parameters.Choice("side") == 0)
            Remove();
        else
            _behind.Add(Remove);

        void Remove()
        {
            var id = StrayId();
            _world.Deliver(LinkSite.VmControl, to, registration with { Epoch = epoch, Id = id, Flags = registration.Flags | IoeventfdFlags.Deassign }, from, isLate: true);
            var fault = Open(rule, firing, firing.A, null);
            fault.Repair = () =>
            {
                // As its device sent it: should the device itself have taken it back meanwhile, its epoch or a later removal says so.
                if (_registrations.Exists(known => ReferenceEquals(known.Registration, registration)))
                    _world.Deliver(LinkSite.VmControl, to, registration with { Id = StrayId() }, from, isLate: true);
                RecoverOnce(fault);
            };
            _asked.Add((id, fault));
        }
    }

    private void Shadow(RuleState rule, FaultFiring firing, in Passing passing)
    {
        var real = (DispatchHop.SetIoeventfd)passing.Message;
        var over = real with { Id = StrayId(), Cookie = real.Cookie ^ (1UL << 40) };
        over = rule.Parameters.Choice("shape") switch
        {
            1 => over with { Length = Math.Min(8, real.Length * 2), Flags = real.Flags & ~IoeventfdFlags.DataMatch },
            2 when real.Length > 1 => over with { Length = real.Length / 2 },
            _ => over,
        };
        var (to, from) = (passing.To, passing.From);
        _world.Deliver(LinkSite.VmControl, to, over, from, isLate: true);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            _world.Deliver(LinkSite.VmControl, to, over with { Id = StrayId(), Flags = over.Flags | IoeventfdFlags.Deassign }, from, isLate: true);

            // What was rung meanwhile nobody heard.
            _world.Deliver(LinkSite.HsmDoorbell, from, new DispatchHop.DoorbellSignal(real.Vm, real.Epoch, real.Cookie, 0), to, isLate: true);
            RecoverOnce(fault);
        };
        _asked.Add((over.Id, fault));
    }

    private void NoClient(RuleState rule, FaultFiring firing, in Passing passing)
    {
        var vm = passing.Facts.What.Vm;
        if (Find("device-model/vm-", vm) is not { } model)
            return;
        var to = passing.To;
        var id = StrayId();
        _world.Deliver(LinkSite.VmControl, to, new ControlHop.VmCommand(id, new VmId(vm), VmCommandKind.DestroyDefaultClient), model, isLate: true);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            _world.Deliver(LinkSite.VmControl, to, new ControlHop.VmCommand(StrayId(), new VmId(vm), VmCommandKind.CreateDefaultClient), model, isLate: true);
            RecoverOnce(fault);
        };
        _asked.Add((id, fault));
    }

    private void NoPage(RuleState rule, FaultFiring firing, in Passing passing)
    {
        var (site, to, from) = (passing.Seam.Site, passing.To, passing.From);
        var other = ((UpcallHop.Upcall)passing.Message) with { Vm = new VmId(NoVm) };
        if (rule.Parameters.Choice("position") == 0)
            Send();
        else
            _behind.Add(Send);

        void Send()
        {
            _world.Deliver(site, to, other, from, isLate: true);
            if (_world.Find(to) is { IsOver: false } taker)
                Effect(rule, firing, taker.Number);
        }
    }

    private void Overrun(RuleState rule, in FaultFiring firing, in Passing passing)
    {
        var request = (DispatchHop.DispatchRequest)passing.Message;
        var (hsm, model, epoch) = (passing.From, passing.To, request.Epoch);
        var seam = Seam(LinkSite.DmComplete);
        var facts = FactsOf(hsm, new DispatchHop.RequestDone(request.Vm, epoch, request.Request.Vcpu, request.Request.Sequence, 0), model);
        Block(rule, firing, seam, facts, firing.A, -1, isRecovered: false);
        _behind.Add(() => _world.Deliver(LinkSite.VmControl, hsm, new ControlHop.VmCommand(StrayId(), request.Vm, VmCommandKind.ClearIoRequests), model, isLate: true));
    }

    private void RingFull(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var seam = passing.Seam;
        var fault = Open(rule, firing, firing.A, null);
        var block = new LinkBlock(fault, 0, 0, typeof(UpcallHop.AsyncioDrained));
        seam.Blocks.Add(block);
        var (to, message, from, facts) = (passing.To, passing.Message, passing.From, passing.Facts);
        fault.Repair = () =>
        {
            seam.Blocks.Remove(block);
            Pass(seam, to, message, from, facts, isLate: true);
            RecoverOnce(fault);
        };
        EffectOnce(fault);
        passing.IsTaken = true;
    }

    private long StrayId() => StrayCommand + (long)++_stray;
}
