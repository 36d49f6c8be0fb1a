using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I13: a device that isn't to work doesn't.</summary>
internal sealed class QuietOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I13";

    /// <inheritdoc/>
    public override string Statement =>
        "A device touches no RAM before DRIVER_OK, after it said NEEDS_RESET, after a reset, without bus mastering, or for a queue that isn't enabled (virtio 1.2 clauses 2.1.2, 2.6.1).";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (access.Device is not { } device || device.MayTouchRam && access.Queue is null or { IsLive: true })
            return;
        var queue = access.Queue is { } one ? Name(one) : $"vm {device.Vm.Value}, device {device.Function}";
        Violate(moment, $"{queue}: {access.Access.Length} bytes at 0x{access.Access.Address:x} were {(access.Access.IsWrite ? "written" : "read")} {Why(device)}");
    }

    private static string Why(VirtioDeviceView device) =>
        (device.Status & VirtioSpec.StatusDriverOk) == 0 ? "without DRIVER_OK"
        : (device.Status & VirtioSpec.StatusNeedsReset) != 0 ? "after NEEDS_RESET"
        : !device.IsBusMaster ? "without bus mastering"
        : "for a queue that is not enabled";
}
