using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>A record comes from outside one day: whatever is in it, a device is made of it or refused, and nothing throws.</summary>
public sealed class DeviceRecordTests
{
    [Fact]
    public void A_device_without_any_history_is_restored() => Assert.True(Restore(_ => { }));

    [Fact]
    public void A_record_of_another_layout_or_shape_is_refused()
    {
        var other = new DeviceRecord(Rig().Life.Record.Queues.Length, 1) { Version = DeviceRecord.CurrentVersion + 1 };
        Assert.False(Device(other).TryRestore());
        Assert.False(Device(new DeviceRecord(3, 1)).TryRestore());
        Assert.False(Device(new DeviceRecord(Rig().Life.Record.Queues.Length, 1)).TryRestore());
    }

    [Fact]
    public void A_record_that_contradicts_itself_is_refused()
    {
        Assert.False(Restore(record => record.Queues[1].Ring = record.Queues[1].Ring with { Size = 3 }));
        Assert.False(Restore(record => record.Queues[1].Ring = record.Queues[1].Ring with { Size = 1 << 14 }));
        Assert.False(Restore(record => record.Queues[1].Ring = record.Queues[1].Ring with { UsedRing = ulong.MaxValue - 3 }));
        Assert.False(Restore(record => record.Queues[1].IsEnabled = false));
        Assert.False(Restore(record => record.Ports[0] = record.Ports[0] with { Delivered = -1 }));
        Assert.False(Restore(record => record.Ports[0] = record.Ports[0] with { Pending = (ControlEvents)0x80 }));
        Assert.False(Restore(record => record.Console.EmergencyTaken = -1));
        Assert.False(Restore(record => record.Console.EmergencySent = 1000));
        Assert.False(Restore(record => record.Doorbells[0].Id = record.LastDoorbellId + 1));
        Assert.False(Restore(record => record.Transport = record.Transport with { Session = 9 }));
        Assert.False(Restore(record => record.Transport = record.Transport with { DriverFeatures = ulong.MaxValue }));
        Assert.False(Restore(record => record.Pci.Config = new byte[3]));
        Assert.False(Restore(record => record.Pci.Bars[4] = record.Pci.Bars[4] with { At = 0x123 }));
        Assert.False(Restore(record => record.Pci.MsixWords = new uint[5]));
        Assert.False(Restore(record => record.Answers = new AnswerRecord[VmLimits.MaxVcpus + 1]));
    }

    [Fact]
    public void Bits_that_no_guest_can_write_do_not_come_from_a_record()
    {
        var rig = Rig();
        for (var i = 0; i < rig.Life.Record.Pci.Config.Length; i++)
            rig.Life.Record.Pci.Config[i] ^= PciFunctionConstant(i) ? (byte)0xFF : (byte)0;
        rig.Life.Record.Transport = rig.Life.Record.Transport with { ConfigVector = 500, Isr = 0xFF };
        var device = rig.Life.Incarnate();

        Assert.Equal(VirtioSpec.PciVendor, (ushort)device.Pci.ConfigRead(PciSpec.VendorId, 2));
        Assert.Equal(VirtioPciSpec.NoVector, (ushort)device.Pci.BarRead(VirtioPciSpec.ModernBar, VirtioPciSpec.ConfigMsixVector, 2));
    }

    [Fact]
    public void Whatever_is_in_a_record_nothing_throws()
    {
        var random = new Random(5);
        for (var i = 0; i < 3000; i++)
        {
            Restore(record =>
            {
                for (var changes = random.Next(1, 4); changes > 0; changes--)
                    Damage(record, random);
            });
        }
    }

    private static void Damage(DeviceRecord record, Random random)
    {
        var queue = random.Next(record.Queues.Length);
        var number = random.Next(3) switch { 0 => 0UL, 1 => ulong.MaxValue, _ => (ulong)random.NextInt64() };
        switch (random.Next(12))
        {
            case 0:
                record.Queues[queue].Ring = record.Queues[queue].Ring with { DescriptorTable = number };
                break;
            case 1:
                record.Queues[queue].Ring = record.Queues[queue].Ring with { Size = (int)number };
                break;
            case 2:
                record.Queues[queue].UsedIndex = (ushort)number;
                break;
            case 3:
                record.Queues[queue].Doorbell = number;
                break;
            case 4:
                record.Transport = record.Transport with { Status = (byte)number, QueueSelect = (ushort)number };
                break;
            case 5:
                record.Pci.Bars[random.Next(6)] = new BarRecord(number, number, (byte)random.Next(4), true);
                break;
            case 6:
                random.NextBytes(record.Pci.Config);
                break;
            case 7:
                record.Ports[0] = record.Ports[0] with { Transmitted = (long)number, Grant = (uint)number, Epoch = (uint)number };
                break;
            case 8:
                record.Ports[0] = record.Ports[0] with { Pending = (ControlEvents)number, OpenChange = (uint)number };
                break;
            case 9:
                record.Pci.MsixPending = [number];
                break;
            case 10:
                record.Console.EmergencySent = (long)number;
                break;
            default:
                record.Answers = [new AnswerRecord(number, number, true, true)];
                break;
        }
    }

    private static bool Restore(Action<DeviceRecord> change)
    {
        var rig = Rig();
        change(rig.Life.Record);
        var device = Device(rig.Life.Record, rig.Memory);
        if (!device.TryRestore())
            return false;
        device.Begin(rig);
        device.Recover();
        device.Repeat();
        return true;
    }

    private static bool PciFunctionConstant(int register) => register is < 4 or (>= 8 and < 12);

    private static CrashRig Rig() => new CrashRig(new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: false);

    private static MountedDevice Device(DeviceRecord record, TestMemory? memory = null)
    {
        var spec = new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("a", true, BackendKind.Memory)], VirtioTransportKind.Modern);
        return new MountedDevice(
            new VmSpec(new VmId(1), 1, 0x20_0000, new GuestSpec("none", []), [spec]), spec, new VirtioConsole(new VmId(1), spec, [true], null), 1, memory ?? new TestMemory(), new PciInterrupt(1, 16), null, null, record);
    }
}
