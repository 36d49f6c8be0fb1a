using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor;

/// <summary>
/// A vCPU's actor that fails comes back stopped and forgets its engine; its VM learns, and takes it for a triple fault. The next epoch runs it again.
/// One that can't even be made stays away.
/// </summary>
internal sealed class VcpuSupervision(PathTrace? trace, VmId vm)
    : AnnouncedSupervision(trace, _ => vm, static failure => failure is ActorInitializationException ? Directive.Stop : Directive.Restart)
{
    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context,
        bool restart,
        IActorRef child,
        Exception cause,
        Akka.Actor.Internal.ChildRestartStats stats,
        IReadOnlyCollection<Akka.Actor.Internal.ChildRestartStats> children)
    {
        base.ProcessFailure(context, restart, child, cause, stats, children);
        context.Self.Tell(new VcpuFailed(child, restart, Reason(cause)));
    }

    /// <summary>To the VM's actor.</summary>
    internal sealed record VcpuFailed(IActorRef Vcpu, bool ComesBack, string Reason);
}
