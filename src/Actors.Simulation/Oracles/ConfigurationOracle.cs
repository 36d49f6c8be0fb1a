using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I16: the configuration's generation tells of a change between two reads, and a read of the interrupt status clears it.</summary>
internal sealed class ConfigurationOracle : VirtioOracle
{
    private Seen[] _devices = [];

    /// <inheritdoc/>
    public override string Id => "I16";

    /// <inheritdoc/>
    public override string Statement => "When two reads of a device's configuration differ, so do the generations read before the first and after the second (virtio 1.2 clause 4.1.4.3.1); "
        + "the interrupt status says again that a buffer was used only when one was, since it was read (clause 4.1.4.5).";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Life;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access | VirtioInterest.Register;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        // What hits nothing that the model knows may have been a used index, too.
        if (access.Access.IsWrite && (access.Area == RingArea.UsedIndex || !access.IsAllowed))
            MayInterrupt(access.Device, access.Access.Vm);
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step) => MayInterrupt(null, step.Vm);

    /// <inheritdoc/>
    public override void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
        if (access.IsWrite)
            return;
        if (access is { Window: RegisterWindowKind.Isr, Offset: 0 } or { Window: RegisterWindowKind.Legacy, Offset: VirtioPciSpec.LegacyIsr, Size: 1 })
            ReadStatus(moment, device, access.Value);
        else if (access is { Window: RegisterWindowKind.Common, Offset: VirtioPciSpec.ConfigGeneration })
            ReadGeneration(moment, device, (byte)access.Value);
        else if (access is { Window: RegisterWindowKind.Device } && device.IsModern && access.Offset + (uint)access.Size <= VirtioConsoleSpec.ConfigEmergencyWrite)
            ReadFields(device, access);
    }

    private void ReadStatus(in Moment moment, VirtioDeviceView device, ulong value)
    {
        ref var seen = ref Of(device);

        // By messages, the guest may see and take a used buffer before the device, which hears of it later, sets the status: one interrupt too many, and only one.
        var isTooMany = seen.IsQuiet && (value & VirtioPciSpec.IsrQueue) != 0;
        if (isTooMany && !(World.Plan.Topology.RemoteMemory && seen.MayBeLate))
            Violate(moment, $"vm {device.Vm.Value}, device {device.Function}: the interrupt status says that a buffer was used, it was read before, and none was since");
        seen.MayBeLate &= !isTooMany;
        seen.IsQuiet = true;
    }

    private void MayInterrupt(VirtioDeviceView? device, VmId vm)
    {
        foreach (var known in Model.Devices)
        {
            if (known != device && (device is not null || known.Vm != vm))
                continue;
            ref var seen = ref Of(known);
            seen.IsQuiet = false;
            seen.MayBeLate = true;
        }
    }

    private void ReadGeneration(in Moment moment, VirtioDeviceView device, byte generation)
    {
        ref var seen = ref Of(device);
        if (seen.IsKnown && seen.Generation == generation)
        {
            if (seen.Changed >= 0)
                Violate(moment, $"vm {device.Vm.Value}, device {device.Function}: byte {seen.Changed} of the configuration changed, the generation is {generation} before and after");
            return;
        }

        seen.IsKnown = true;
        seen.Generation = generation;
        seen.Changed = -1;
        seen.Valid = 0;
    }

    private void ReadFields(VirtioDeviceView device, in RegisterAccess access)
    {
        ref var seen = ref Of(device);
        if (!seen.IsKnown)
            return;
        for (var i = 0; i < access.Size; i++)
        {
            var at = (int)access.Offset + i;
            var shift = at * 8;
            var value = (access.Value >> (i * 8)) & 0xFF;
            if ((seen.Valid & (1 << at)) != 0 && ((seen.Bytes >> shift) & 0xFF) != value && seen.Changed < 0)
                seen.Changed = at;
            seen.Valid |= 1 << at;
            seen.Bytes = (seen.Bytes & ~(0xFFUL << shift)) | (value << shift);
        }
    }

    private ref Seen Of(VirtioDeviceView device)
    {
        if (device.Number >= _devices.Length)
            Array.Resize(ref _devices, device.Number + 4);
        return ref _devices[device.Number];
    }

    private struct Seen
    {
        public bool IsKnown;
        public bool IsQuiet;
        public bool MayBeLate;
        public byte Generation;
        public int Valid;
        public ulong Bytes;
        public int Changed;
    }
}
