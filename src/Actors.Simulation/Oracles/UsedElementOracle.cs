namespace Actors.Simulation;

/// <summary>I10: what the used ring names was available, once, and its length was really written.</summary>
internal sealed class UsedElementOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I10";

    /// <inheritdoc/>
    public override string Statement => "A used element names the head of a chain that is available and not yet used, and no more bytes than were written to the chain.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Used;

    /// <inheritdoc/>
    public override void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length)
    {
        if (queue.IsMisused)
            return;
        if (chain is null)
            Violate(moment, $"{Name(queue)}: head {head} was given back, but the device has no such chain");
        else if (length > chain.Written)
            Violate(moment, $"{Name(queue)}: head {head} was given back with a length of {length}, {chain.Written} bytes were written");
    }
}
