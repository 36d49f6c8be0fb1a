using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The guest's side of the rig: its driver.</summary>
internal sealed partial class CrashRig
{
    /// <summary>The driver comes up, with MSI-X, and opens every port.</summary>
    public CrashRig BringUp(bool eventIndex)
    {
        for (var i = 0; i < Rings.Length; i++)
        {
            Array.Clear(Memory.Ram, i * RingSpan, RingSpan);
            Rings[i] = new DriverRing(Memory, (ulong)((i * RingSpan) + (i == 0 ? 0x1000 : 0)), VirtioConsoleSpec.QueueSize);
            _seen[i] = 0;
        }

        Common(VirtioPciSpec.DeviceStatus, 1, 0);
        Common(VirtioPciSpec.DeviceStatus, 1, 3);
        var features = VirtioConsoleSpec.FeatureMultiport | VirtioSpec.FeatureVersion1 | (eventIndex ? VirtioSpec.FeatureEventIndex : 0);
        for (var half = 0U; half < 2; half++)
        {
            Common(VirtioPciSpec.DriverFeatureSelect, 4, half);
            Common(VirtioPciSpec.DriverFeature, 4, (uint)(features >> (int)(half * 32)));
        }

        Common(VirtioPciSpec.DeviceStatus, 1, 11);
        EnableMsix();
        Common(VirtioPciSpec.ConfigMsixVector, 2, Config);
        for (var i = 0; i < Rings.Length; i++)
        {
            Common(VirtioPciSpec.QueueSelect, 2, (uint)i);
            Common(VirtioPciSpec.QueueMsixVector, 2, (uint)i + 1);
            Address(VirtioPciSpec.QueueDesc, Rings[i].Descriptors);
            Address(VirtioPciSpec.QueueDriver, Rings[i].Available);
            Address(VirtioPciSpec.QueueDevice, Rings[i].Used);
            Common(VirtioPciSpec.QueueEnable, 2, 1);
        }

        Common(VirtioPciSpec.DeviceStatus, 1, 15);
        Assert.Equal(15u, (uint)Access(VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceStatus, 1, null));
        for (var i = 0; i < 40; i++)
            Rings[VirtioConsoleSpec.ControlReceive].Send(Rings[VirtioConsoleSpec.ControlReceive].In(64));
        Kick(VirtioConsoleSpec.ControlReceive);
        Control(VirtioConsoleSpec.BadId, VirtioConsoleSpec.DeviceReady, 1);
        Settle();
        for (var i = 0; i < Ports.Length; i++)
        {
            Control((uint)i, VirtioConsoleSpec.PortReady, 1);
            Control((uint)i, VirtioConsoleSpec.PortOpen, 1);
        }

        Settle();
        return this;
    }

    /// <summary>Resets the device, and gives how many bytes each backend had when the guest knew.</summary>
    public long[] Reset()
    {
        Common(VirtioPciSpec.DeviceStatus, 1, 0);
        return [.. Ports.Select(port => port.Backend.WrittenCount)];
    }

    public void Control(uint id, ushort kind, ushort value)
    {
        var message = new byte[VirtioConsoleSpec.ControlSize];
        BinaryPrimitives.WriteUInt32LittleEndian(message, id);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), kind);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), value);
        var ring = Rings[VirtioConsoleSpec.ControlTransmit];
        ring.Send(ring.Out(message));
        Kick(VirtioConsoleSpec.ControlTransmit);
    }

    /// <summary>A doorbell, if the device asked for it: a driver that isn't asked doesn't ring.</summary>
    public void Kick(int queue)
    {
        var ring = Rings[queue];
        var wanted = Life.Record.Transport.DriverFeatures is var features && (features & VirtioSpec.FeatureEventIndex) != 0
            ? (ushort)(ring.AvailableIndex - ring.AvailEvent - 1) < 64
            : (ring.UsedFlags & VirtioSpec.UsedNoNotify) == 0;
        if (wanted)
            _mail.Enqueue((new Doorbell(queue), -1));
    }

    /// <summary>What the guest finds in a used ring, if an interrupt told it to look: heads and lengths.</summary>
    public List<(uint Head, uint Length)> TakeUsed(int queue)
    {
        var list = new List<(uint, uint)>();
        if (!Interrupts.Remove((uint)queue + 1))
            return list;
        for (; _seen[queue] != Rings[queue].UsedIndex; _seen[queue]++)
            list.Add(Rings[queue].UsedElement(_seen[queue]));
        Rings[queue].UsedEvent = _seen[queue];
        return list;
    }

    public byte[] Content(int queue, uint head, uint length)
    {
        var at = Rings[queue].Descriptors + (16UL * head);
        return Memory.Peek(Memory.Peek32(at) | ((ulong)Memory.Peek32(at + 4) << 32), (int)length);
    }

    private void Common(int offset, int size, uint value) => Access(VirtioPciSpec.ModernBar, (ulong)offset, size, value);

    private void Address(int offset, ulong address)
    {
        Common(offset, 4, (uint)address);
        Common(offset + 4, 4, (uint)(address >> 32));
    }

    private void EnableMsix()
    {
        var capability = (int)Access(DeviceHop.Configuration, PciSpec.CapabilityPointer, 1, null);
        while ((byte)Access(DeviceHop.Configuration, (ulong)capability, 1, null) != PciSpec.CapabilityMsix)
            capability = (int)Access(DeviceHop.Configuration, (ulong)capability + 1, 1, null);
        for (var vector = 0U; vector <= Rings.Length; vector++)
        {
            Access(VirtioPciSpec.MsixBar, vector * 16, 4, 0xFEE0_0000);
            Access(VirtioPciSpec.MsixBar, (vector * 16) + 8, 4, vector);
            Access(VirtioPciSpec.MsixBar, (vector * 16) + 12, 4, 0);
        }

        Access(DeviceHop.Configuration, (ulong)capability + PciSpec.MsixControl, 2, PciSpec.MsixEnable);
    }
}
