using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>One owner without a cluster: what it did, and what it said to whom.</summary>
public abstract class OwnerRig : IVmOwnerEffects
{
    protected OwnerRig() => Owner = new VmOwner(Vm, "here:1", this);

    protected static VmId Vm { get; } = new(7);

    protected static ClusterHop.StartVm Request => new(TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody);

    protected List<string> Did { get; } = [];

    protected List<object> Said { get; } = [];

    protected List<string> Sentences { get; } = [];

    private protected List<VmEntry> Entries { get; } = [];

    private protected VmOwner Owner { get; }

    string IVmOwnerEffects.ServiceNode => "here:1";

    void IVmOwnerEffects.AskToken(FencingToken above, FencingToken seen) =>
        Did.Add((above.IsGuarded ? $"token above {above.Value}" : "token") + (seen.IsGuarded ? $", seen {seen.Value}" : ""));

    void IVmOwnerEffects.Raise(FencingToken machine, FencingToken fence) => Did.Add($"raise {machine.Value} to {fence.Value}");

    void IVmOwnerEffects.Say(string sentence) => Sentences.Add(sentence);

    void IVmOwnerEffects.Launch(VmSpec spec, VmPlacement placement, FencingToken fence) => Did.Add($"launch {fence.Value}");

    void IVmOwnerEffects.StopMachine() => Did.Add("stop");

    void IVmOwnerEffects.Record(VmEntry entry, bool isAnswered)
    {
        Entries.Add(entry);
        Did.Add($"record {entry.State}");
    }

    void IVmOwnerEffects.Tell(IActorRef to, object message) => Said.Add(message);

    void IVmOwnerEffects.Leave() => Did.Add("leave");

    private protected static VmEntry Entry(VmEntryState state, ulong fence) =>
        new(Vm, new FencingToken(fence), state, "there:1", TestCluster.Idle(7), VmPlacement.Colocated, ActorRefs.Nobody, null);

    /// <summary>All others know of the end.</summary>
    protected void Know() => Owner.Recorded(Owner.Fence, Entries[^1].State);

    protected void Run()
    {
        Owner.Start(Request);
        Go(5);
    }

    protected void Go(ulong fence)
    {
        Owner.Take(new FencingToken(fence));
        Owner.Recorded(new FencingToken(fence), VmEntryState.Owned);
        Owner.Started([]);
    }

    /// <summary>The machine ended by itself.</summary>
    protected void PowerOff() => Owner.Ended(new MachineHop.VmEnded(Vm, VmEnd.PowerOff, null, []));
}
