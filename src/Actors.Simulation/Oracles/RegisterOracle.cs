using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I18: what is negotiated stays as it is until a reset.</summary>
internal sealed class RegisterOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I18";

    /// <inheritdoc/>
    public override string Statement =>
        "After FEATURES_OK the driver's features don't change, and after queue_enable neither do a queue's size and addresses, until a reset (the rule of CVE-2026-5747).";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Register;

    /// <inheritdoc/>
    public override void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
        if (access.IsWrite)
            return;
        if (access.Window == RegisterWindowKind.Common)
            ReadCommon(moment, device, access, selected);
        else if (access is { Window: RegisterWindowKind.Legacy, Offset: VirtioPciSpec.LegacyQueuePfn } && selected is { IsLive: true, IsConfirmed: true })
            Compare(moment, selected, "page frame number", selected.Descriptors / VirtioPciSpec.LegacyPageSize, access.Value);
    }

    private void ReadCommon(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView queue)
    {
        if (access.Offset == VirtioPciSpec.DriverFeature)
        {
            if (!device.AreFeaturesFrozen || device.FeatureSelect > 1)
                return;
            var expected = (uint)(device.Features >> (32 * (int)device.FeatureSelect));
            if ((uint)access.Value != expected)
                Violate(moment, $"vm {device.Vm.Value}, device {device.Function}: driver_feature reads 0x{access.Value:x} after FEATURES_OK, it was 0x{expected:x}");
            return;
        }

        if (queue is not { IsLive: true, IsConfirmed: true })
            return;
        switch (access.Offset)
        {
            case VirtioPciSpec.QueueSize:
                Compare(moment, queue, "queue_size", (ulong)queue.Size, access.Value);
                break;
            case VirtioPciSpec.QueueEnable:
                Compare(moment, queue, "queue_enable", 1, access.Value);
                break;
            case VirtioPciSpec.QueueDesc when access.Size == 4:
                Compare(moment, queue, "queue_desc", (uint)queue.Descriptors, access.Value);
                break;
            case VirtioPciSpec.QueueDriver when access.Size == 4:
                Compare(moment, queue, "queue_driver", (uint)queue.Available, access.Value);
                break;
            case VirtioPciSpec.QueueDevice when access.Size == 4:
                Compare(moment, queue, "queue_device", (uint)queue.Used, access.Value);
                break;
        }
    }

    private void Compare(in Moment moment, VirtioQueueView queue, string register, ulong expected, ulong value)
    {
        if (value != expected)
            Violate(moment, $"{Name(queue)}: {register} reads 0x{value:x} while the queue is enabled, it was 0x{expected:x}");
    }
}
