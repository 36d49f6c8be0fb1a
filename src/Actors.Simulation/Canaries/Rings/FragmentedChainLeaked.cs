using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A chain of two or more descriptors is taken from the ring and forgotten.</summary>
internal sealed class FragmentedChainLeaked : Flaw
{
    private readonly LeakingParts _parts = new();

    /// <inheritdoc/>
    public override string Name => "fragmented-chain-leaked";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["L3", "W1", "L4"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a chain of two or more descriptors is lost after last_avail++";

    /// <inheritdoc/>
    public override Plan Plan => CanaryPlans.Fragments;

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class LeakingParts : DeviceModelParts
    {
        public override Virtqueue MakeQueue(int index) => new LeakingQueue(index);
    }

    private sealed class LeakingQueue(int index) : Virtqueue(index)
    {
        public override VirtqueuePop TryPop(out DescriptorChain chain, out GuestFault fault)
        {
            while (true)
            {
                var pop = base.TryPop(out chain, out fault);
                if (pop != VirtqueuePop.Chain || chain.Parts < 2)
                    return pop;
            }
        }
    }
}
