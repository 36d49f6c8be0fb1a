using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>A virtio function in a machine of its own, and a driver that speaks to its registers as the specification says.</summary>
internal sealed class TestFunction
{
    public const int Common = VirtioPciSpec.CommonOffset;

    public TestFunction(VirtioTransportKind kind = VirtioTransportKind.Transitional, bool doorbells = true, int ram = 0x10_0000)
    {
        Memory = new TestMemory(ram);
        Function = new VirtioPciFunction(Device, kind, Memory, Host, new PciInterrupt(1, 16), doorbells);
        Function.AssignBars(new PciBarAllocator());
        Function.PowerOn();
        for (var i = 0; i < Rings.Length; i++)
            Rings[i] = new DriverRing(Memory, 0x1_0000 * (ulong)(i + 1), 8);
    }

    public TestMemory Memory { get; }

    public TestPciHost Host { get; } = new();

    public TestDevice Device { get; } = new();

    public VirtioPciFunction Function { get; }

    public DriverRing[] Rings { get; } = new DriverRing[4];

    public byte Status
    {
        get => (byte)Read(VirtioPciSpec.DeviceStatus, 1);
        set => Write(VirtioPciSpec.DeviceStatus, 1, value);
    }

    public ulong Read(int offset, int size) => Function.BarRead(VirtioPciSpec.ModernBar, (ulong)offset, size);

    public void Write(int offset, int size, ulong value) => Function.BarWrite(VirtioPciSpec.ModernBar, (ulong)offset, size, value);

    public ulong In(int offset, int size) => Function.BarRead(VirtioPciSpec.LegacyBar, (ulong)offset, size);

    public void Out(int offset, int size, ulong value) => Function.BarWrite(VirtioPciSpec.LegacyBar, (ulong)offset, size, value);

    public void Kick(int queue) => Write(VirtioPciSpec.NotifyOffset + (4 * queue), 2, (ulong)queue);

    /// <summary>Bits that only a legacy driver may accept are left out.</summary>
    public void Negotiate(ulong features = VirtioSpec.FeatureVersion1)
    {
        Status = VirtioSpec.StatusAcknowledge;
        Status = VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver;
        WriteFeatures(features);
        Status = VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver | VirtioSpec.StatusFeaturesOk;
    }

    public void WriteFeatures(ulong features)
    {
        Write(VirtioPciSpec.DriverFeatureSelect, 4, 0);
        Write(VirtioPciSpec.DriverFeature, 4, (uint)features);
        Write(VirtioPciSpec.DriverFeatureSelect, 4, 1);
        Write(VirtioPciSpec.DriverFeature, 4, features >> 32);
    }

    public void SetQueueUp(int queue, int? size = null)
    {
        Write(VirtioPciSpec.QueueSelect, 2, (ulong)queue);
        if (size is { } entries)
            Write(VirtioPciSpec.QueueSize, 2, (ulong)entries);
        WriteAddress(VirtioPciSpec.QueueDesc, Rings[queue].Descriptors);
        WriteAddress(VirtioPciSpec.QueueDriver, Rings[queue].Available);
        WriteAddress(VirtioPciSpec.QueueDevice, Rings[queue].Used);
        Write(VirtioPciSpec.QueueEnable, 2, 1);
    }

    public void WriteAddress(int register, ulong address)
    {
        Write(register, 4, (uint)address);
        Write(register + 4, 4, address >> 32);
    }

    public TestFunction Start(ulong features = VirtioSpec.FeatureVersion1, params int[] queues)
    {
        Negotiate(features);
        foreach (var queue in queues.Length == 0 ? [0, 1] : queues)
            SetQueueUp(queue);
        Status = 0xF;
        Assert.Equal(0xF, Status);
        return this;
    }

    public TestFunction StartLegacy(uint features = 0, params int[] queues)
    {
        Out(VirtioPciSpec.LegacyStatus, 1, 1);
        Out(VirtioPciSpec.LegacyStatus, 1, 3);
        Out(VirtioPciSpec.LegacyGuestFeatures, 4, features);
        foreach (var queue in queues.Length == 0 ? [0, 1] : queues)
        {
            Out(VirtioPciSpec.LegacyQueueSelect, 2, (ulong)queue);
            Out(VirtioPciSpec.LegacyQueuePfn, 4, Rings[queue].Descriptors >> 12);
        }

        Out(VirtioPciSpec.LegacyStatus, 1, 7);
        Assert.Equal(7UL, In(VirtioPciSpec.LegacyStatus, 1));
        return this;
    }

    /// <summary>Enables MSI-X, entry n with data 0x40 + n, everything unmasked.</summary>
    public void EnableMsix()
    {
        for (var i = 0; i < Function.Msix!.Vectors; i++)
        {
            Function.BarWrite(VirtioPciSpec.MsixBar, (ulong)(i * 16), 8, 0xFEE0_0000);
            Function.BarWrite(VirtioPciSpec.MsixBar, (ulong)((i * 16) + 8), 8, (ulong)(0x40 + i));
        }

        SetMsixControl(PciSpec.MsixEnable);
    }

    public void SetMsixControl(ushort control) => Function.ConfigWrite(0x40 + PciSpec.MsixControl, 2, control);

    /// <summary>Finds a virtio capability by walking the list, as a driver does.</summary>
    public int FindCapability(byte type)
    {
        for (int at = (int)Function.ConfigRead(PciSpec.CapabilityPointer, 1), steps = 0; at != 0 && steps < 48; steps++)
        {
            if (Function.ConfigRead(at, 1) == PciSpec.CapabilityVendor && Function.ConfigRead(at + VirtioPciSpec.CapType, 1) == type)
                return at;
            at = (int)Function.ConfigRead(at + 1, 1);
        }

        return 0;
    }
}
