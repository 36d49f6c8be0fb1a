using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <content>What is done to messages.</content>
internal sealed partial class FaultPlane
{
    /// <summary>Source of interrupts that no device raised: beside all that devices and irqfds have.</summary>
    private const ulong StraySource = 1UL << 62;

    /// <summary>Ids of commands that no device model gave.</summary>
    private const long StrayCommand = 1L << 48;

    /// <summary>Events of one storm, at most.</summary>
    private const long MaxStorm = 20_000;

    /// <summary>A VM that has no page.</summary>
    private const int NoVm = 0xFFFF;

    private ulong _stray;

    private bool Concerns(RuleState rule, object message) => rule.Verb switch
    {
        FaultVerb.Spurious or FaultVerb.Misroute or FaultVerb.LosePending => message is InterruptHop.InjectMsi,
        FaultVerb.DropConfig => message is InterruptHop.InjectMsi msi && IsConfigInterrupt(msi),
        FaultVerb.Storm => message is InterruptHop.InjectMsi or DispatchHop.DoorbellSignal,
        FaultVerb.Coalesce => message is InterruptHop.InjectMsi or InterruptHop.SetIrqLine or GuestHop.InterruptDelivery,
        FaultVerb.ReorderOwn => message is GuestHop.IoExit or UpcallHop.Upcall or DispatchHop.DispatchRequest or DeviceHop.Access,
        FaultVerb.Stuck => message is DispatchHop.RequestDone or DeviceHop.AccessDone or UpcallHop.RequestFinished or UpcallHop.SlotSeen,
        FaultVerb.Error => message is DispatchHop.DispatchRequest,
        FaultVerb.Refuse => message is DispatchHop.RegistrationResult { Result: Errno.Ok } or UpcallHop.AsyncioResult { Result: Errno.Ok },
        FaultVerb.LateRegister or FaultVerb.LoseRegister => message is DispatchHop.SetIoeventfd or DispatchHop.SetIrqfd or UpcallHop.SetAsyncio,
        FaultVerb.Shadow => message is DispatchHop.SetIoeventfd set && (set.Flags & IoeventfdFlags.Deassign) == 0 && set.Length > 0,
        FaultVerb.Race => message is UpcallHop.Upcall upcall && RegistrationOf(upcall) is not null,
        FaultVerb.NoClient or FaultVerb.NoPage => message is UpcallHop.Upcall,
        FaultVerb.Overrun => message is DispatchHop.DispatchRequest { Request.Access.IsWrite: true },
        FaultVerb.RingFull => message is UpcallHop.AsyncioDrained,
        FaultVerb.Corrupt => MessageCorruption.Concerns(message),
        FaultVerb.Early => false,
        _ => true,
    };

    private void Act(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        if (passing.IsTaken)
            return;
        switch (rule.Verb)
        {
            case FaultVerb.Drop or FaultVerb.LoseRegister or FaultVerb.DropConfig:
                Drop(rule, firing, ref passing);
                break;
            case FaultVerb.DeadLetter:
                Drop(rule, firing, ref passing);
                if (passing.IsTaken)
                    _world.Host.System.DeadLetters.Tell(passing.Message, passing.From);
                break;
            case FaultVerb.Duplicate:
                Repeat(rule, firing, passing, passing.Message, firing.A, firing.B, isStray: false);
                break;
            case FaultVerb.Spurious:
                Repeat(rule, firing, passing, passing.Message, firing.A, firing.B, isStray: true);
                break;
            case FaultVerb.Storm:
                Storm(rule, firing, passing);
                break;
            case FaultVerb.Delay or FaultVerb.LateRegister:
                Keep(rule, firing, passing, Math.Min(firing.A, firing.B));
                passing.IsTaken = true;
                break;
            case FaultVerb.Hold:
                Hold(rule, firing, ref passing);
                break;
            case FaultVerb.Reorder:
                Wait(rule, firing, ref passing, Math.Max(1, firing.A), firing.B, isCopy: false);
                break;
            case FaultVerb.ReorderOwn:
                Wait(rule, firing, ref passing, -1, firing.A, isCopy: true);
                break;
            case FaultVerb.Coalesce:
                Coalesce(rule, firing, ref passing);
                break;
            case FaultVerb.Misroute:
                Misroute(rule, firing, ref passing);
                break;
            case FaultVerb.LosePending:
                LosePending(rule, firing, passing);
                break;
            case FaultVerb.Corrupt:
                Corrupt(rule, firing, ref passing);
                break;
            default:
                ActOnRequests(rule, firing, ref passing);
                break;
        }
    }

    private void Drop(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        if (IsRecoverable && passing.Seam.Site == LinkSite.VmControl)
        {
            _lostCommands = _lostCommands >= MaxLostCommands ? 0 : _lostCommands + 1;
            if (_lostCommands == 0)
                return;
        }

        passing.IsTaken = true;
        Lose(passing.Seam, rule, firing, passing.Facts);
        if (_world.NumberOf(passing.To) >= 0)
            Effect(rule, firing, _world.NumberOf(passing.To));
    }

    private void Repeat(RuleState rule, FaultFiring firing, in Passing passing, object message, long copies, long gap, bool isStray)
    {
        var (site, to, from) = (passing.Seam.Site, passing.To, passing.From);
        var left = Math.Clamp(copies, 1, MaxStorm);
        OpenFault? fault = null;
        if (gap > 0)
            fault = Open(rule, firing, -1, () => left = 0);
        if (gap > 0)
            _world.At(TimeSpan.FromTicks(Now + gap), Once);
        else
            _behind.Add(Once);

        void Once()
        {
            if (left <= 0)
                return;
            var first = true;
            do
            {
                _world.Deliver(site, to, isStray ? Stray(message) : message, from, isLate: true);
                if (first && fault is null)
                    Effect(rule, firing, _world.NumberOf(to));
                else if (fault is not null)
                    EffectOnce(fault);
                first = false;
            }
            while (--left > 0 && gap == 0);

            if (left > 0)
                _world.At(TimeSpan.FromTicks(Now + gap), Once);
            else
                fault?.Close();
        }
    }

    private void Storm(RuleState rule, in FaultFiring firing, in Passing passing)
    {
        var rate = Math.Clamp(firing.A, 1, TimeSpan.TicksPerSecond);
        var gap = TimeSpan.TicksPerSecond / rate;
        Repeat(rule, firing, passing, passing.Message, Math.Max(1, firing.B / gap), gap, isStray: passing.Message is InterruptHop.InjectMsi);
    }

    /// <summary>An interrupt as nobody who counts raises it; a doorbell as it is.</summary>
    private object Stray(object message) => message is InterruptHop.InjectMsi msi
        ? msi with { Source = StraySource, Sequence = ++_stray, Oldest = 0 }
        : message;

    private void Hold(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var seam = passing.Seam;
        var hold = new LinkHold();
        hold.Messages.Add((passing.To, passing.Message, passing.From));
        seam.Hold = hold;
        passing.IsTaken = true;
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            seam.Hold = null;
            foreach (var (to, message, from) in hold.Messages)
                Pass(seam, to, message, from, FactsOf(to, message, from), isLate: true);
            EffectOnce(fault);
            RecoverOnce(fault);
            Behind();
        };
    }

    private void Wait(RuleState rule, in FaultFiring firing, ref Passing passing, long others, long cap, bool isCopy)
    {
        var seam = passing.Seam;
        var fault = Keep(rule, firing, passing, cap);
        var waiting = new WaitingMessage(fault, passing.To, passing.Facts) { Remaining = others };
        seam.Waiting.Add(waiting);
        var deliver = fault.Repair!;
        fault.Repair = () =>
        {
            seam.Waiting.Remove(waiting);
            deliver();
        };
        passing.IsTaken |= !isCopy;
    }

    private void Coalesce(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var (seam, to, facts) = (passing.Seam, passing.To, passing.Facts);
        var merged = false;
        var fault = Keep(rule, firing, passing, firing.A);
        var deliver = fault.Repair!;
        var block = new WaitingMessage(fault, to, facts) { Remaining = 1, Merges = true };
        seam.Waiting.Add(block);
        passing.IsTaken = true;
        var lost = firing;
        fault.Repair = () =>
        {
            merged = !_isHealing && block.Remaining <= 0;
            seam.Waiting.Remove(block);
            if (!merged)
            {
                deliver();
                return;
            }

            EffectOnce(fault);
            Lose(seam, rule, lost, facts);
        };
    }

    private void Misroute(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var msi = (InterruptHop.InjectMsi)passing.Message;
        var by = Math.Max(1, firing.A);
        var wrong = rule.Parameters.Choice("as") == 0
            ? msi with { Data = (msi.Data & ~0xFFu) | (uint)Math.Max(0x20, (int)(msi.Data + by) & 0xFF) }
            : msi with { Address = (msi.Address & ~0xFF000UL) | ((((msi.Address >> 12) + (ulong)by) & 0xFF) << 12) };
        var (site, to, from) = (passing.Seam.Site, passing.To, passing.From);
        passing.IsTaken = true;
        Lose(passing.Seam, rule, firing, passing.Facts);
        _behind.Add(() => _world.Deliver(site, to, Stray(wrong), from, isLate: true));
        Effect(rule, firing, _world.NumberOf(to));
    }

    private void Corrupt(RuleState rule, in FaultFiring firing, ref Passing passing)
    {
        var changed = MessageCorruption.Change(passing.Message, rule.Parameters.Choice("field"), firing.A, firing.B);
        if (ReferenceEquals(changed, passing.Message))
            return;
        passing.Message = changed;
        Effect(rule, firing, _world.NumberOf(passing.To));
    }
}
