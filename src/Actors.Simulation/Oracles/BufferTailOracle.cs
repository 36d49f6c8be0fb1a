namespace Actors.Simulation;

/// <summary>I29: behind the used length a buffer is as the guest left it.</summary>
internal sealed class BufferTailOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I29";

    /// <inheritdoc/>
    public override string Statement => "A device writes no byte of a buffer behind the length that it gives back with it.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Used;

    /// <inheritdoc/>
    public override void OnUsed(in Moment moment, VirtioQueueView queue, VirtioChainView? chain, uint head, uint length)
    {
        if (!queue.IsMisused && chain is not null && chain.Written > length)
            Violate(moment, $"{Name(queue)}: {chain.Written - length} bytes behind the used length {length} of head {head} were written");
    }
}
