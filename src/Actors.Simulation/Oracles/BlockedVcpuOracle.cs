using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>L1: after the heal no vCPU stays blocked longer than T1, and none is blocked when nothing more can happen.</summary>
internal sealed class BlockedVcpuOracle : VcpuOracle
{
    private Wait[] _waits = [];
    private long _nextLook = long.MaxValue;
    private bool _isHealed;

    /// <inheritdoc/>
    public override string Id => "L1";

    /// <inheritdoc/>
    public override string Statement => "After the heal every blocked vCPU goes on within T1.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Path | WorldInterest.Receive | WorldInterest.Step | WorldInterest.Life;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _waits = new Wait[Count];
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (step.Hop is not (PathHop.VmExit or PathHop.VmEntry))
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var wait = ref _waits[index];
        wait.IsBlocked = step.Hop == PathHop.VmExit;
        wait.Since = moment.Ticks;
        wait.Sequence = step.Sequence;
        wait.Access = step.Access;
        if (wait.IsBlocked && _isHealed)
            _nextLook = Math.Min(_nextLook, moment.Ticks + World.Plan.Liveness.T1.Ticks);
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        if (receive.Message is not GuestHop.PauseVcpu)
            return;
        var role = World.Trace.RoleOf(receive.Actor);
        Ends(role.Vm, role.Index);
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (step.Change != LifeChange.Crashed)
            return;
        var role = ActorRole.Of(step.Actor);
        if (role.Part == ActorPart.Vcpu)
            Ends(role.Vm, role.Index);
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        switch (phase)
        {
            case WorldPhase.Liveness:
                _isHealed = true;
                _nextLook = moment.Ticks + World.Plan.Liveness.T1.Ticks;
                break;
            case WorldPhase.End when _isHealed:
                for (var i = 0; i < Count; i++)
                {
                    if (_waits[i].IsBlocked && !World.IsOver(VmOf(i)))
                        Blocked(moment, i);
                }

                break;
        }
    }

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (moment.Ticks <= _nextLook)
            return;
        _nextLook = long.MaxValue;
        var bound = World.Plan.Liveness.T1.Ticks;
        for (var i = 0; i < Count; i++)
        {
            ref var wait = ref _waits[i];
            if (!wait.IsBlocked || World.IsOver(VmOf(i)))
                continue;
            var due = Math.Max(wait.Since, World.HealedAt.Ticks) + bound;
            if (due < moment.Ticks)
                Blocked(moment, i);
            else
                _nextLook = Math.Min(_nextLook, due);
        }
    }

    private void Blocked(in Moment moment, int index)
    {
        ref var wait = ref _waits[index];
        var since = TimeSpan.FromTicks(moment.Ticks - Math.Max(wait.Since, World.HealedAt.Ticks));
        Violate(moment, $"{NameOf(index)} waits for exit {wait.Sequence}, {wait.Access}, {since.TotalSeconds:0.###} s after the heal");
    }

    private void Ends(int vm, int vcpu)
    {
        var index = IndexOf(vm, vcpu);
        if (index >= 0)
            _waits[index].IsBlocked = false;
    }

    private struct Wait
    {
        public bool IsBlocked;
        public long Since;
        public ulong Sequence;
        public IoAccess Access;
    }
}
