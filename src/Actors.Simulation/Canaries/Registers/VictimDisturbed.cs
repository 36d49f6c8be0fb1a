using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A table that VMs share: what one does often is seen by another.</summary>
internal sealed class VictimDisturbed : RegisterFlaw
{
    private int _accesses;

    /// <inheritdoc/>
    public override string Name => "victim-disturbed";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I22"];

    /// <inheritdoc/>
    public override string Source => "ACRN: one device model thread and one range list delay and disturb every user";

    /// <inheritdoc/>
    public override Plan Plan => ContainmentCheck.HostilePlan;

    /// <inheritdoc/>
    protected override ulong Answer(World world, VirtioDeviceView device, DeviceHop.Access access, ulong value)
    {
        // The victim's configuration reads depend on how often the other VM came by.
        if (device.Vm.Value == 0)
            _accesses++;
        return device.Vm.Value != 0 && access.Bar == DeviceHop.Configuration && access.Offset >= 0x40 && _accesses > 10 ? value | 0x8000_0000 : value;
    }
}
