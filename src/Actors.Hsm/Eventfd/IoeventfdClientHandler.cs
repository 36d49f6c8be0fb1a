using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// acrn_ioeventfd_handler (acrn-io-path 2.4): a write that an entry matches rings its doorbell and is finished at once, while the listener works. A read gives 0:
/// that is what ACRN does on purpose. A write that no entry matches goes on to the default client, where ACRN swallows it: the slow path knows what such
/// a write means, for instance a legacy notify of a queue without an entry, or a BAR that the guest has moved meanwhile.
/// </summary>
internal sealed class IoeventfdClientHandler : IIoreqClientHandler
{
    private readonly IoeventfdTable _table;
    private readonly HsmCounters _counters;
    private readonly IHsmEffects _effects;
    private readonly RetrySwitch _retry;
    private readonly PathTrace? _trace;

    public IoeventfdClientHandler(IoeventfdTable table, HsmCounters counters, IHsmEffects effects, RetrySwitch retry, PathTrace? trace)
    {
        _retry = retry;
        _table = table;
        _counters = counters;
        _effects = effects;
        _trace = trace;
    }

    public IoreqResult Handle(in IoreqContext context)
    {
        var access = context.Request.Access;
        if (!access.IsWrite)
            return IoreqResult.Completed(0);

        if (_table.Match(access.Type, access.Address, access.Size, access.Value) is not { } doorbell)
        {
            _counters.IoeventfdMisses++;
            return IoreqResult.NotMine;
        }

        _trace?.Record(new PathStep(PathHop.IoeventfdHandler, context.Vm, context.Request.Vcpu, context.Request.Sequence, access, (long)doorbell.Cookie));

        // The timer first: what fails from here on is made up for by it.
        _retry.Need();
        if (doorbell.Ring())
            _effects.SignalDoorbell(context.Epoch, doorbell);
        return IoreqResult.Done;
    }
}
