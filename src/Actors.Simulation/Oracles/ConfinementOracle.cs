namespace Actors.Simulation;

/// <summary>I12: a device touches nothing but what the driver gave to it, and only in the direction that it was given for.</summary>
internal sealed class ConfinementOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I12";

    /// <inheritdoc/>
    public override string Statement =>
        "Every access of RAM by a device lies in its own rings or in a chain in its hands: it writes used rings and writable parts, reads the rest, and nothing else (virtio 1.2 clause 2.7.5.1).";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (!access.IsAllowed)
            Report(moment, access, access.Access.IsWrite);
    }

    private void Report(in Moment moment, in RingAccess access, bool isWrite)
    {
        // What was asked for before a reset may be read until the reset is answered: by messages, that is when guest RAM has heard of it.
        if (access.IsStale && !isWrite && World.Plan.Topology.RemoteMemory)
            return;
        var what = $"{access.Access.Length} bytes at 0x{access.Access.Address:x} were {(isWrite ? "written" : "read")}";
        if (access.Queue is not { } queue)
            Violate(moment, $"vm {access.Access.Vm.Value}: {what}, which no driver gave to the device");
        else if (access.IsStale)
            Violate(moment, $"{Name(queue)}: {what}, which was the device's before a reset ({access.Area})");
        else if (access.Chain is { IsOutstanding: false } chain)
            Violate(moment, $"{Name(queue)}: {what}, in chain {chain.Head} that had been given back");
        else
            Violate(moment, $"{Name(queue)}: {what}, which a device must not do ({access.Area})");
    }
}
