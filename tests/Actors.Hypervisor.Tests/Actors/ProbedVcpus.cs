using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor.Tests;

/// <summary>vCPUs that hand everything they are told to one receiver, and fail when told to.</summary>
internal sealed class ProbedVcpus(IActorRef receiver) : IVcpuFactory
{
    public const string Crash = "crash";

    public Props Create(VmSpec spec, int vcpu, IGuestMemory memory, RoomServices services) =>
        spec.Guest.Name == "unmakeable"
            ? Props.Create(() => new Unmakeable())
            : Props.Create(() => new Vcpu(receiver, vcpu));

    public string? Validate(GuestSpec guest) => guest.Name == "unknown" ? "No such guest." : null;

    public sealed record Told(int Vcpu, object Message);

    private sealed class Vcpu(IActorRef receiver, int index) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is string and Crash)
                throw new InvalidOperationException("engine broke");
            receiver.Tell(new Told(index, message), Context.Parent);
        }
    }

    private sealed class Unmakeable : UntypedActor
    {
        public Unmakeable() => throw new InvalidOperationException("no engine");

        protected override void OnReceive(object message) => Unhandled(message);
    }
}
