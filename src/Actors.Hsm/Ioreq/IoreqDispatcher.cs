using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// ioreq_dispatch of one VM (acrn-io-path 1.6-1.13): every PENDING slot in slot order gets a client, or is finished at once.
/// The scan runs at the end of the message that brought the upcall: the mailbox of the VM's actor is the work queue, so there is no hop to a worker and no
/// VM waits for another one's scan. Upcalls coalesce as in ACRN: one may carry several slots, and a scan takes whatever is PENDING.
/// No request is left PENDING: what nobody serves is finished as hardware without a device would.
/// </summary>
internal sealed class IoreqDispatcher
{
    private readonly VmId _vm;
    private readonly ServicePage _page;
    private readonly IoreqClients _clients;
    private readonly PciConfigPorts _pciConfig = new();
    private readonly HsmCounters _counters;
    private readonly IHsmEffects _effects;
    private readonly PathTrace? _trace;
    private readonly bool _polling;

    public IoreqDispatcher(VmId vm, ServicePage page, IoreqClients clients, HsmCounters counters, IHsmEffects effects, PathTrace? trace, bool polling)
    {
        _vm = vm;
        _page = page;
        _clients = clients;
        _counters = counters;
        _effects = effects;
        _trace = trace;
        _polling = polling;
    }

    /// <summary>The VM's epoch. It changes through <see cref="BeginEpoch"/> only.</summary>
    public uint Epoch { get; private set; }

    /// <summary>True while a clear waits for clients other than the default one; requests are finished as they come.</summary>
    public bool Clearing { get; private set; }

    /// <summary>A reset: slots are FREE, what was in hand is forgotten without a completion, late completions carry an old epoch.</summary>
    public void BeginEpoch(uint epoch)
    {
        Epoch = epoch;
        Clearing = false;
        _page.Free(epoch);
        _pciConfig.Reset();
    }

    /// <summary>After a restart: what the guest wrote to CF8 last.</summary>
    public void RestorePciConfig(uint address) => _pciConfig.Restore(address);

    /// <summary>Takes a request into the page. Call <see cref="Scan"/> when all of an upcall's are in.</summary>
    public void Accept(in IoRequest request)
    {
        switch (_page.Accept(in request))
        {
            case PageVerdict.Accepted:
                break;

            case PageVerdict.InHand:
                // The hypervisor waits longer than it likes. The default client may never have got the request; it executes one only once.
                _counters.Repeated++;
                ref PageSlot slot = ref _page[request.Vcpu];
                if (slot.Client is { Server: { } server })
                    _effects.DispatchRequest(server, Epoch, in slot.Request);
                break;

            case PageVerdict.Finished:
                _counters.Repeated++;
                Notify(request.Vcpu);
                break;

            case PageVerdict.Stale:
                _counters.StaleSequence++;
                break;

            case PageVerdict.SlotBusy:
                _counters.SlotBusy++;
                break;

            case PageVerdict.OutOfRange:
                _counters.VcpuOutOfRange++;
                break;
        }
    }

    /// <summary>Dispatches every PENDING slot, lowest first.</summary>
    public void Scan()
    {
        for (int vcpu = _page.NextPending(); vcpu >= 0; vcpu = _page.NextPending())
            Dispatch(vcpu);
    }

    /// <summary>NOTIFY_REQUEST_FINISH of the default client. ACRN forces COMPLETE whatever the slot holds; here it must be this request, and PROCESSING.</summary>
    public void FinishDefault(int vcpu, ulong sequence, ulong value) => FinishProcessing(vcpu, sequence, value, byDefaultClient: true);

    /// <summary>A client that said "later" is through.</summary>
    public void FinishLater(int vcpu, ulong sequence, ulong value, bool failed)
    {
        if (failed)
        {
            _counters.ClientErrors++;
            value = ulong.MaxValue;
        }

        FinishProcessing(vcpu, sequence, value, byDefaultClient: false);
        EndClearingWhenIdle();
    }

    /// <summary>
    /// CLEAR_VM_IOREQ: finishes what the default client has, values untouched. True when that was all; else clearing goes on until the other clients are
    /// through or <see cref="ExpireClearing"/> is called.
    /// </summary>
    public bool Clear()
    {
        FinishAll(_clients.Default, onlyDefault: true);
        Clearing = _clients.AnyBusyBesideDefault;
        return !Clearing;
    }

    /// <summary>The budget of a clear is used up: what is still in hand is finished too (ACRN only warns, and its slots stay PROCESSING).</summary>
    public void ExpireClearing()
    {
        FinishAll(null, onlyDefault: false);
        Clearing = false;
    }

    /// <summary>DESTROY_IOREQ_CLIENT: a client goes, and what it had in hand is finished as if nobody served it (H4).</summary>
    public void DestroyDefaultClient()
    {
        if (_clients.Default is { } client)
        {
            _clients.RemoveDefault();
            Abandon(client);
        }
    }

    /// <summary>Removes a client with ranges; its requests are finished as if nobody served them (H4).</summary>
    public void DestroyClient(IoreqClient client)
    {
        if (_clients.Remove(client))
        {
            Abandon(client);
            EndClearingWhenIdle();
        }
    }

    /// <summary>What a polling vCPU sees. False when it asks for what is no longer there, or a vCPU that the VM hasn't got.</summary>
    public bool TryPoll(int vcpu, ulong sequence, out IoRequestSlotState state, out ulong value)
    {
        state = IoRequestSlotState.Pending;
        value = 0;
        if (!_page.Has(vcpu))
        {
            _counters.VcpuOutOfRange++;
            return false;
        }

        ref PageSlot slot = ref _page[vcpu];
        if (sequence < slot.Request.Sequence || sequence == 0)
        {
            _counters.StaleSequence++;
            return false;
        }

        // A newer sequence is PENDING in the hypervisor's page; its upcall is on its way, or lost and will be raised again.
        if (sequence == slot.Request.Sequence)
        {
            state = slot.State;
            value = slot.Value;
        }

        return true;
    }

    private void Dispatch(int vcpu)
    {
        ref PageSlot slot = ref _page[vcpu];
        _trace?.Record(new PathStep(PathHop.IoreqDispatch, _vm, vcpu, slot.Request.Sequence, slot.Request.Access));

        if (Clearing)
        {
            _counters.Cleared++;
            Complete(vcpu, 0);
            return;
        }

        var access = slot.Request.Access;
        if (access.Type == IoRequestType.WriteProtect)
        {
            // ACRN's device model exits at one (H16).
            Complete(vcpu, 0);
            return;
        }

        if (access.Type > IoRequestType.WriteProtect || access.Size is not (1 or 2 or 4 or 8))
        {
            CompleteUnclaimed(vcpu);
            return;
        }

        switch (_pciConfig.Handle(ref access, out ulong value))
        {
            case PciConfigPorts.Outcome.Completed:
                Complete(vcpu, value);
                return;
            case PciConfigPorts.Outcome.Converted:
                slot.Request = slot.Request with { Access = access };
                break;
        }

        if (!OfferToClients(vcpu, in access))
            GiveToDefault(vcpu);
    }

    /// <summary>True when a client with a range took the request.</summary>
    private bool OfferToClients(int vcpu, in IoAccess access)
    {
        int below = _clients.Count;
        while (_clients.Find(in access, ref below) is { } client)
        {
            ref PageSlot slot = ref _page[vcpu];
            _page.Begin(vcpu, client);
            _trace?.Record(new PathStep(PathHop.WakeClient, _vm, vcpu, slot.Request.Sequence, access, Name: client.Name));
            _trace?.Record(new PathStep(PathHop.IoreqTask, _vm, vcpu, slot.Request.Sequence, access, Name: client.Name));

            IoreqResult result;
            try
            {
                result = client.Handle(new IoreqContext(_vm, Epoch, slot.Request));
            }
            catch
            {
                // Only the HSM's own client throws, behind its effect: the doorbell has rung and its signal will be repeated. A slot that stayed PROCESSING would have nobody to finish it.
                _page.Complete(vcpu, 0);
                throw;
            }

            switch (result.Outcome)
            {
                case IoreqOutcome.NotMine:
                    continue;
                case IoreqOutcome.Completed:
                    Complete(vcpu, result.Value);
                    return true;
                case IoreqOutcome.Later:
                    return true;
                default:
                    // ACRN's client thread would try again for ever (H8).
                    _counters.ClientErrors++;
                    Complete(vcpu, ulong.MaxValue);
                    return true;
            }
        }

        return false;
    }

    private void GiveToDefault(int vcpu)
    {
        if (_clients.Default is not { Server: { } server } client)
        {
            CompleteUnclaimed(vcpu);
            return;
        }

        _page.Begin(vcpu, client);
        ref PageSlot slot = ref _page[vcpu];
        _trace?.Record(new PathStep(PathHop.WakeClient, _vm, vcpu, slot.Request.Sequence, slot.Request.Access, Name: client.Name));
        _effects.DispatchRequest(server, Epoch, in slot.Request);
    }

    private void FinishProcessing(int vcpu, ulong sequence, ulong value, bool byDefaultClient)
    {
        if (!_page.Has(vcpu))
        {
            _counters.VcpuOutOfRange++;
            return;
        }

        ref PageSlot slot = ref _page[vcpu];
        if (sequence != slot.Request.Sequence)
            _counters.StaleSequence++;
        else if (slot.State != IoRequestSlotState.Processing || slot.Client!.IsDefault != byDefaultClient)
            _counters.NotProcessing++;
        else
            Complete(vcpu, value);
    }

    private void CompleteUnclaimed(int vcpu)
    {
        _counters.Unclaimed++;
        Complete(vcpu, ulong.MaxValue);
    }

    private void Complete(int vcpu, ulong value)
    {
        _page.Complete(vcpu, value);
        Notify(vcpu);
    }

    /// <summary>A polling VM looks by itself.</summary>
    private void Notify(int vcpu)
    {
        if (_polling)
            return;

        ref PageSlot slot = ref _page[vcpu];
        _trace?.Record(new PathStep(PathHop.NotifyRequestFinish, _vm, vcpu, slot.Request.Sequence, slot.Request.Access, (long)slot.Value));
        _effects.FinishRequest(Epoch, vcpu, slot.Request.Sequence, slot.Value);
    }

    private void FinishAll(IoreqClient? client, bool onlyDefault)
    {
        for (int vcpu = 0; vcpu < _page.Count; vcpu++)
        {
            ref PageSlot slot = ref _page[vcpu];
            if (slot.State == IoRequestSlotState.Processing && (!onlyDefault || ReferenceEquals(slot.Client, client)))
            {
                _counters.Cleared++;
                Complete(vcpu, 0);
            }
        }
    }

    private void Abandon(IoreqClient client)
    {
        for (int vcpu = 0; vcpu < _page.Count; vcpu++)
        {
            ref PageSlot slot = ref _page[vcpu];
            if (slot.State == IoRequestSlotState.Processing && ReferenceEquals(slot.Client, client))
            {
                _counters.Cleared++;
                Complete(vcpu, ulong.MaxValue);
            }
        }
    }

    private void EndClearingWhenIdle()
    {
        if (Clearing && !_clients.AnyBusyBesideDefault)
            Clearing = false;
    }
}
