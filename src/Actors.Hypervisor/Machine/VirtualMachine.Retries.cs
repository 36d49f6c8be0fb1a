using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>What is asked again while it is unanswered.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>
    /// A period is over: what was outstanding for all of it is sent again. False when nothing is outstanding and nothing was in this period: the timer ends.
    /// </summary>
    public bool Tick()
    {
        var outstanding = _active;
        _active = false;
        _witnesses = 0;

        if (_hasEvent)
        {
            outstanding = true;
            _host.Announce(_event, _eventDetail);
        }

        switch (_life.State)
        {
            case VmState.Pausing:
                outstanding = true;
                AskForPause();
                RepeatUpcall();
                break;
            case VmState.Paused:
                // Nobody waits for these any more, but a slot is free only when its request is finished.
                outstanding |= RepeatUpcall();
                break;
            case VmState.Running:
                outstanding |= RepeatRuns() | RepeatUpcall() | RepeatOffers();
                break;
            default:
                break;
        }

        outstanding |= RepeatKicks();
        _timerRuns = outstanding;
        return outstanding;
    }

    private bool RepeatRuns()
    {
        var outstanding = false;
        for (var i = 0; i < _vcpus.Length; i++)
        {
            ref var vcpu = ref _vcpus[i];
            if (!vcpu.IsStarted || vcpu.IsHeard)
                continue;

            outstanding = true;
            _host.Run(i, vcpu.StartupVector);
        }

        return outstanding;
    }

    private bool RepeatOffers()
    {
        var outstanding = false;
        for (var i = 0; i < _vcpus.Length; i++)
            outstanding |= _interrupts.Tick(i);

        return outstanding;
    }

    private bool RepeatUpcall()
    {
        if (_slots.Pending == 0)
            return false;

        if (_slots.AnyUnanswered())
        {
            Counters.RepeatedUpcalls++;
            var first = _slots.AllPending(out var others);
            _trace?.Record(new PathStep(PathHop.FireHsmInterrupt, _vm, first.Vcpu, first.Sequence, first.Access, _upcallVector, "again"));
            _host.Upcall(_upcallVector, first, others);
        }

        if (_polling)
        {
            for (var i = 0; i < _vcpus.Length; i++)
            {
                if (_slots.PollLost(i))
                    _host.Poll(i, _slots.RequestIn(i).Sequence);
            }
        }

        return true;
    }

    private bool RepeatKicks()
    {
        if (_ring.Count == 0)
            return false;

        var overdue = Math.Min(_ring.Overdue(), MaxKicksRepeated);
        for (var i = 0; i < overdue; i++)
        {
            var position = _ring.Oldest + (ulong)i;
            Counters.RepeatedKicks++;
            _host.Kick(position, _ring.CookieAt(position), _ring.Oldest);
        }

        return true;
    }

    /// <summary>
    /// A message came again that the timer's work should have answered. Several between two ticks mean that the timer may be gone: it is started again, once
    /// until the next tick, so that a link that doubles everything can't put it off.
    /// </summary>
    private void MissTimer()
    {
        if (_timerRuns && _witnesses < Witnesses && ++_witnesses == Witnesses)
            _host.StartRetryTimer();
    }

    private void Outstanding()
    {
        _active = true;
        if (_timerRuns)
            return;

        _timerRuns = true;
        _host.StartRetryTimer();
    }

    private bool IsCurrent(uint epoch)
    {
        if (epoch == _life.Epoch)
            return true;

        Counters.StaleEpoch++;
        return false;
    }

    private bool IsVcpu(int vcpu)
    {
        if ((uint)vcpu < (uint)_vcpus.Length)
            return true;

        Counters.NoSuchVcpu++;
        return false;
    }
}
