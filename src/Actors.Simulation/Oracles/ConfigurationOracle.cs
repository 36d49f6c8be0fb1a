using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I16: the configuration's generation tells of a change between two reads.</summary>
internal sealed class ConfigurationOracle : VirtioOracle
{
    private Seen[] _devices = [];

    /// <inheritdoc/>
    public override string Id => "I16";

    /// <inheritdoc/>
    public override string Statement => "When two reads of a device's configuration differ, so do the generations read before the first and after the second (virtio 1.2 clause 4.1.4.3.1).";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Register;

    /// <inheritdoc/>
    public override void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
        if (access.IsWrite)
            return;
        if (access is { Window: RegisterWindowKind.Common, Offset: VirtioPciSpec.ConfigGeneration })
            ReadGeneration(moment, device, (byte)access.Value);
        else if (access is { Window: RegisterWindowKind.Device } && device.IsModern && access.Offset + (uint)access.Size <= VirtioConsoleSpec.ConfigEmergencyWrite)
            ReadFields(device, access);
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
        public byte Generation;
        public int Valid;
        public ulong Bytes;
        public int Changed;
    }
}
