namespace Actors.Simulation;

/// <summary>I19, its part of memory and backends: a reset that the driver knows of ends everything before it.</summary>
internal sealed class ResetFenceOracle : VirtioOracle, IPortListener
{
    /// <inheritdoc/>
    public override string Id => "I19";

    /// <inheritdoc/>
    public override string Statement =>
        "After a reset of a device or queue is done, nothing of its earlier life has an effect: no access of its rings and buffers, and under block no byte of a buffer that was not given back.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        world.Ports.Subscribe(this);
    }

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (access.IsStale)
            Violate(moment, $"{Name(access.Queue!)}: {access.Access.Length} bytes at 0x{access.Access.Address:x} were {(access.Access.IsWrite ? "written" : "read")} after the reset that took them from the device ({access.Area})");
    }

    /// <inheritdoc/>
    public void OnLateOutput(in Moment moment, PortView port, int length)
    {
        if (port.IsLossless)
            Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {length} bytes of a life that the driver ended by a reset came out after it");
    }
}
