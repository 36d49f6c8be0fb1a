using Actors.Protocol;

namespace Actors.Hsm;

/// <content>Doorbells that the hypervisor recognises by itself.</content>
internal sealed partial class HsmVm
{
    /// <summary>A cookie out of the asyncio ring.</summary>
    public void OnAsyncioKick(UpcallHop.AsyncioKick kick)
    {
        if (!IsCurrent(kick.Epoch))
            return;

        var verdict = _drain.Take(kick.Position, kick.Oldest);
        if (verdict == AsyncioDrain.Verdict.Gap)
        {
            Counters.AsyncioGaps++;
            return;
        }

        if (verdict != AsyncioDrain.Verdict.Report)
            RingByCookie(kick.Cookie);
        if (verdict != AsyncioDrain.Verdict.Take)
            _effects.ReportDrained(Epoch, _drain.Position);
    }

    /// <summary>The hypervisor's answer to an asyncio hypercall.</summary>
    public void OnAsyncioResult(UpcallHop.AsyncioResult answer)
    {
        if (!IsCurrent(answer.Epoch))
            return;

        if (!_asyncio.TryFinish(answer.Id, out var operation))
        {
            Counters.StaleAnswers++;
            return;
        }

        if (operation.Assign)
            SettleAsyncio(in operation, answer.Result);
        if (operation.Requester is { } requester)
            _effects.AnswerRegistration(requester, Epoch, operation.RequestId, Errno.Ok);
        SendFirstAsyncio();
    }

    /// <summary>
    /// Asks the hypervisor to recognise the doorbell by itself. The entry's ordinary range stays beside it: the hypervisor forwards only what its table doesn't
    /// match, so the range is the way of the first kicks, of sizes that the descriptor doesn't take, and of all kicks when the hypervisor refuses.
    /// </summary>
    private bool AskForAsyncio(long order, object requester, long requestId)
    {
        int held = _asyncio.PendingRemovals;
        for (int i = 0; i < _ioeventfds.Count; i++)
            held += _ioeventfds[i].Asyncio == AsyncioState.None ? 0 : 1;
        if (held >= VmLimits.MaxAsyncioDescriptors)
        {
            Counters.AsyncioRefused++;
            return false;
        }

        ref IoeventfdEntry entry = ref _ioeventfds[_ioeventfds.IndexOf(order)];
        entry.Asyncio = AsyncioState.Asked;
        QueueAsyncio(assign: true, entry.Descriptor, order, requester, requestId);
        return true;
    }

    private void QueueAsyncio(bool assign, in AsyncioDescriptor descriptor, long order, object? requester, long requestId)
    {
        _asyncio.Add(assign, in descriptor, order, requester, requestId);
        if (_asyncio.Count == 1)
            SendFirstAsyncio();
    }

    private void SendFirstAsyncio()
    {
        if (_asyncio.Count == 0)
            return;

        var operation = _asyncio.First;
        _asyncio.IsYoung = true;
        _retry.Need();
        _effects.SetAsyncio(Epoch, operation.Id, operation.Assign, operation.Descriptor);
    }

    private void SettleAsyncio(in AsyncioOperation operation, Errno result)
    {
        // "Exists" can only mean an earlier assign of this very entry: the table here has refused every other conflict.
        bool held = result is Errno.Ok or Errno.Exists;
        if (!held)
            Counters.AsyncioRefused++;

        // A repeated assertion after a reset changes nothing about whether a removal must be asked for.
        int at = _ioeventfds.IndexOf(operation.Order);
        if (at >= 0 && operation.Requester is not null)
            _ioeventfds[at].Asyncio = held ? AsyncioState.Held : AsyncioState.None;
    }

    private void RingByCookie(ulong cookie)
    {
        if (_ioeventfds.FindDoorbell(cookie) is not { } doorbell)
        {
            Counters.UnknownDoorbell++;
            return;
        }

        _trace?.Record(new PathStep(PathHop.IoeventfdHandler, _vm, -1, 0, default, (long)cookie));
        _retry.Need();
        if (doorbell.Ring())
            _effects.SignalDoorbell(Epoch, doorbell);
    }
}
