using System.Buffers;
using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>Records as bytes: what goes in comes out, and what isn't a record is none.</summary>
public sealed class DeviceRecordCodecTests
{
    [Fact]
    public void A_record_comes_out_as_it_went_in() => Gen.Int.Sample(
        seed =>
        {
            var record = Any(new Random(seed));
            var bytes = Write(record);

            Assert.True(DeviceRecordCodec.TryRead(bytes, out var read));
            Assert.Equal(bytes, Write(read!));
            Assert.Equal(record.Commits, read!.Commits);
            Assert.Equal(record.Transport, read.Transport);
            Assert.Equal(record.Queues, read.Queues);
            Assert.Equal(record.Doorbells, read.Doorbells);
            Assert.Equal(record.Ports, read.Ports);
            Assert.Equal(record.Answers, read.Answers);
            Assert.Equal(record.Own, read.Own);
            Assert.Equal(record.Pci.Config, read.Pci.Config);
            Assert.Equal(record.Pci.Bars, read.Pci.Bars);
            Assert.Equal(record.Pci.MsixWords, read.Pci.MsixWords);
            Assert.Equal(record.Pci.MsixPending, read.Pci.MsixPending);
            Assert.Equal(record.Console.Emergency, read.Console.Emergency);
            Assert.Equal((record.Console.EmergencySent, record.Console.EmergencyTaken), (read.Console.EmergencySent, read.Console.EmergencyTaken));
        },
        iter: 500);

    [Fact]
    public void The_largest_record_is_below_the_bound()
    {
        var random = new Random(3);
        var record = new DeviceRecord(VirtioConsoleSpec.QueueCount(VirtioConsoleSpec.MaxPorts, multiport: true), VirtioConsoleSpec.MaxPorts);
        Fill(record, random, wide: true);
        record.Pci.MsixWords = [.. Enumerable.Repeat(uint.MaxValue, 4 * MsixTable.MaxVectors)];

        Assert.InRange(Write(record).Length, 1, DeviceRecordCodec.MaxBytes);
    }

    [Fact]
    public void Damaged_bytes_are_no_record() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var bytes = Write(Any(random));
            bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);

            Assert.False(DeviceRecordCodec.TryRead(bytes, out _));
            Assert.False(DeviceRecordCodec.TryRead(bytes.AsSpan(0, random.Next(bytes.Length)), out _));
            Assert.False(DeviceRecordCodec.TryRead([.. bytes, 0], out _));
        },
        iter: 500);

    [Fact]
    public void Bytes_with_a_right_checksum_that_say_anything_are_read_or_refused_and_nothing_throws() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var bytes = Write(Any(random));
            for (var changes = random.Next(1, 6); changes > 0; changes--)
                bytes[random.Next(2, bytes.Length - 4)] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
            BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - 4), RecordWriter.Fnv1A(RecordWriter.FirstHash, bytes.AsSpan(0, bytes.Length - 4)));
            var before = GC.GetAllocatedBytesForCurrentThread();

            DeviceRecordCodec.TryRead(bytes, out _);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 256 * 1024);
        },
        iter: 2000);

    private static byte[] Write(DeviceRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        DeviceRecordCodec.Write(record, output);
        return output.WrittenSpan.ToArray();
    }

    private static DeviceRecord Any(Random random)
    {
        var ports = random.Next(1, VirtioConsoleSpec.MaxPorts + 1);
        var record = new DeviceRecord(VirtioConsoleSpec.QueueCount(ports, multiport: true), ports);
        Fill(record, random, wide: random.Next(3) == 0);
        return record;
    }

    private static void Fill(DeviceRecord record, Random random, bool wide)
    {
        record.Incarnation = (int)Number() & int.MaxValue;
        record.Progress = (long)Number();
        record.Commits = (long)Number();
        record.Epoch = (uint)Number();
        record.MsiSequence = Number();
        record.LastDoorbellId = (long)Number();
        record.IsIntxAsserted = Flag();
        record.Pci.Config = new byte[PciSpec.ConfigSize];
        for (var i = 0; i < record.Pci.Config.Length; i++)
            record.Pci.Config[i] = wide || random.Next(4) == 0 ? (byte)random.Next(256) : (byte)0;
        record.Pci.Bars = [.. Enumerable.Range(0, PciSpec.Bars).Select(_ => new BarRecord(Number(), Number(), (byte)random.Next(4), Flag()))];
        record.Pci.Intx = (IntxState)random.Next(3);
        record.Pci.MsixWords = [.. Enumerable.Range(0, random.Next(20)).Select(_ => (uint)Number())];
        record.Pci.MsixPending = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Number())];
        record.Transport = new TransportRecord(
            (byte)Number(), (byte)Number(), (byte)Number(), (byte)Number(), (ushort)Number(), (ushort)Number(), Number(), (uint)Number(), (uint)Number(), Flag(), Flag(), (uint)Number());
        for (var i = 0; i < record.Queues.Length; i++)
        {
            record.Queues[i] = new QueueRecord
            {
                Descriptors = Number(), Available = Number(), Used = Number(), Doorbell = Number(), Page = (uint)Number(), Size = (ushort)Number(), Vector = (ushort)Number(),
                IsEnabled = Flag(), UsedIndex = (ushort)Number(),
                Ring = new VirtqueueState(Flag(), (int)Number() & int.MaxValue, Number(), Number(), Number(), (ushort)Number(), (ushort)Number(), Number()),
            };
            record.Doorbells[i] = new DoorbellRecord(Flag() ? Place() : null, Flag() ? Place() : null, Place(), (long)Number(), Flag(), Number(), Number());
        }

        record.Own = new byte[wide ? OwnDevice.MaxStateBytes + OwnDeviceCore.HeaderBytes : random.Next(40)];
        random.NextBytes(record.Own);
        record.Console.IsGuestReady = Flag();
        record.Console.EmergencySent = (long)Number();
        record.Console.EmergencyTaken = (long)Number();
        record.Console.Emergency = Flag() ? new byte[VirtioConsole.EmergencyWindow] : [];
        for (var i = 0; i < record.Ports.Length; i++)
        {
            record.Ports[i] = new PortRecord(
                Flag(), Flag(), Flag(), Flag(), Flag(), Flag(), Flag(), (ushort)Number(), (ushort)Number(), (ControlEvents)random.Next(64), (uint)Number(), (uint)Number(),
                (long)Number(), (long)Number(), (long)Number(), (uint)Number(), Flag(), (long)Number(), random.Next(PortInput.MaxHeld), (uint)Number(),
                new PortCounts((long)Number(), (long)Number(), -(long)(Number() >> 1), (long)Number(), (long)Number(), (long)Number(), (long)Number()));
        }

        record.Answers = [.. Enumerable.Range(0, random.Next(VmLimits.MaxVcpus + 1)).Select(_ => new AnswerRecord(Number(), Number(), Flag(), Flag()))];

        ulong Number() => wide ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : (ulong)random.Next(random.Next(2) == 0 ? 100 : 100_000);

        bool Flag() => random.Next(2) == 0;

        DoorbellRegistrations.Doorbell Place() => new(Flag(), Number(), (uint)Number(), Flag(), Number());
    }
}
