using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I17: a kick is for its queue. The HSM signals the doorbells that were rung and no others; a kick of a port's queue lets the device take chains from that queue
/// and from no other port's queue.
/// </summary>
internal sealed class KickOracle : VirtioOracle
{
    private readonly List<Ring> _rings = [];
    private long _step = -1;
    private Ring? _lastRung;
    private int _kicked = -1;
    private long _kickedStep = -1;

    /// <inheritdoc/>
    public override string Id => "I17";

    /// <inheritdoc/>
    public override string Statement => "A kick is signalled to its own queue, once for a kick at most, and examines that queue only.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Path | WorldInterest.Send;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Taken;

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        switch (step.Hop)
        {
            case PathHop.IoeventfdHandler:
                _step = moment.Step;
                _lastRung = Of(step.Vm.Value, (ulong)step.Detail);
                _lastRung.Rung++;
                _lastRung.Step = moment.Step;
                break;
            case PathHop.IothreadHandler:
                _kicked = (int)step.Detail;
                _kickedStep = moment.Step;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate || send.Message is not DispatchHop.DoorbellSignal signal || World.Trace.RoleOf(send.From).Part != ActorPart.Hsm)
            return;
        var ring = Of(signal.Vm.Value, signal.Cookie);
        if (_step == moment.Step && ring.Step != moment.Step)
        {
            Violate(moment, $"vm {signal.Vm.Value}: doorbell 0x{_lastRung!.Cookie:x} was rung, and 0x{signal.Cookie:x} is signalled");
            return;
        }

        if (signal.Epoch == ring.Epoch && signal.Count <= ring.Count)
            return;
        ring.Epoch = signal.Epoch;
        ring.Count = signal.Count;
        ring.Signalled++;
        if (ring.Signalled > ring.Rung)
            Violate(moment, $"vm {signal.Vm.Value}: doorbell 0x{signal.Cookie:x} is signalled {ring.Signalled} times and was rung {ring.Rung} times");
    }

    /// <inheritdoc/>
    public override void OnTaken(in Moment moment, VirtioQueueView queue, VirtioChainView chain)
    {
        if (_kickedStep != moment.Step || _kicked == queue.Index)
            return;
        var device = queue.Device;
        if (device.PortOf(_kicked, out _) >= 0 && device.PortOf(queue.Index, out _) >= 0)
            Violate(moment, $"{Name(queue)} gave a chain in the turn of a kick of queue {_kicked}");
    }

    private Ring Of(int vm, ulong cookie)
    {
        foreach (var known in _rings)
        {
            if (known.Cookie == cookie && known.Vm == vm)
                return known;
        }

        var made = new Ring(vm, cookie);
        _rings.Add(made);
        return made;
    }

    private sealed class Ring(int vm, ulong cookie)
    {
        public int Vm { get; } = vm;

        public ulong Cookie { get; } = cookie;

        public long Step { get; set; } = -1;

        public uint Epoch { get; set; }

        public ulong Count { get; set; }

        public long Rung { get; set; }

        public long Signalled { get; set; }
    }
}
