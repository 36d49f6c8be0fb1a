using System.Buffers;
using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A <see cref="DeviceRecord"/> as bytes, for who keeps it at another node: a layout number, the fields in a fixed order, numbers as short as they are, zeros of the
/// configuration space as their count, and a checksum. A console that is in use needs less than 1 KiB. Bytes from outside are believed nothing: a length has a bound that the
/// device has, and what is damaged, cut, too long or of another layout is no record. What a whole record says is looked at by whoever restores from it.
/// </summary>
internal static class DeviceRecordCodec
{
    /// <summary>Bytes of the largest record: all ports, queues and vectors, every field as long as it can be.</summary>
    public const int MaxBytes = 64 * 1024;

    private const byte Magic = 0xD7;
    private const int ChecksumBytes = sizeof(uint);

    /// <summary>Writes a record.</summary>
    public static void Write(DeviceRecord record, IBufferWriter<byte> output)
    {
        var writer = new RecordWriter(output);
        writer.Byte(Magic);
        writer.Byte((byte)record.Version);
        writer.Number((ulong)record.Queues.Length);
        writer.Number((ulong)record.Ports.Length);
        writer.Number((uint)record.Incarnation);
        writer.Signed(record.Progress);
        writer.Signed(record.Commits);
        writer.Number(record.Epoch);
        writer.Number(record.PlacesVersion);
        writer.Number(record.MsiSequence);
        writer.Number(record.IntxChange);
        writer.Number(record.IntxSeen);
        writer.Flag(record.IsIntxAsserted);
        writer.Signed(record.LastDoorbellId);
        writer.Number((uint)record.HsmIncarnation);
        Write(ref writer, record.Pci);
        Write(ref writer, record.Transport);
        foreach (ref readonly var queue in record.Queues.AsSpan())
            Write(ref writer, queue);
        foreach (ref readonly var doorbell in record.Doorbells.AsSpan())
            Write(ref writer, doorbell);
        Write(ref writer, record.Console);
        foreach (ref readonly var port in record.Ports.AsSpan())
            Write(ref writer, port);
        writer.Sparse(record.Own);
        writer.Number((ulong)record.Answers.Length);
        foreach (ref readonly var answer in record.Answers.AsSpan())
        {
            writer.Number(answer.Sequence);
            writer.Number(answer.Value);
            writer.Flags(answer.IsDone, answer.HasPlaces);
        }

        writer.Checksum();
    }

    /// <summary>Reads a record; false when the bytes aren't exactly one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DeviceRecord? record)
    {
        record = null;
        if (bytes.Length is < ChecksumBytes + 2 or > MaxBytes || bytes[0] != Magic || bytes[1] != DeviceRecord.CurrentVersion)
            return false;
        var body = bytes[..^ChecksumBytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[body.Length..]) != RecordWriter.Fnv1A(RecordWriter.FirstHash, body))
            return false;
        var reader = new RecordReader(body[2..]);
        var queues = reader.Count(VirtioConsoleSpec.QueueCount(VirtioConsoleSpec.MaxPorts, multiport: true));
        var ports = reader.Count(VirtioConsoleSpec.MaxPorts);
        if (reader.HasFailed)
            return false;
        var found = Read(ref reader, queues, ports);
        if (reader.HasFailed || !reader.IsAtEnd)
            return false;
        record = found;
        return true;
    }

    private static DeviceRecord Read(ref RecordReader reader, int queues, int ports)
    {
        var record = new DeviceRecord(queues, ports)
        {
            Incarnation = reader.Int32(),
            Progress = reader.Signed(),
            Commits = reader.Signed(),
            Epoch = reader.UInt32(),
            PlacesVersion = reader.Number(),
            MsiSequence = reader.Number(),
            IntxChange = reader.UInt32(),
            IntxSeen = reader.UInt32(),
            IsIntxAsserted = reader.Flag(),
            LastDoorbellId = reader.Signed(),
            HsmIncarnation = reader.Int32(),
        };
        ReadPci(ref reader, record.Pci);
        record.Transport = ReadTransport(ref reader);
        foreach (ref var queue in record.Queues.AsSpan())
            queue = ReadQueue(ref reader);
        foreach (ref var doorbell in record.Doorbells.AsSpan())
            doorbell = ReadDoorbell(ref reader);
        ReadConsole(ref reader, record.Console);
        foreach (ref var port in record.Ports.AsSpan())
            port = ReadPort(ref reader);
        record.Own = reader.Sparse(OwnDevice.MaxStateBytes + OwnDeviceCore.HeaderBytes);
        record.Answers = new AnswerRecord[reader.Count(VmLimits.MaxVcpus)];
        foreach (ref var answer in record.Answers.AsSpan())
        {
            var sequence = reader.Number();
            var value = reader.Number();
            var flags = reader.Flags(2);
            answer = new AnswerRecord(sequence, value, (flags & 1) != 0, (flags & 2) != 0);
        }

        return record;
    }

    private static void Write(ref RecordWriter writer, PciRecord pci)
    {
        writer.Sparse(pci.Config);
        writer.Number((ulong)pci.Bars.Length);
        foreach (ref readonly var bar in pci.Bars.AsSpan())
        {
            writer.Number(bar.Assigned);
            writer.Number(bar.At);
            writer.Byte(bar.State);
            writer.Flag(bar.IsSizing);
        }

        writer.Byte((byte)pci.Intx);
        writer.Number((ulong)pci.MsixWords.Length);
        foreach (var word in pci.MsixWords)
            writer.Number(word);
        writer.Number((ulong)pci.MsixPending.Length);
        foreach (var word in pci.MsixPending)
            writer.Number(word);
    }

    private static void ReadPci(ref RecordReader reader, PciRecord pci)
    {
        pci.Config = reader.Sparse(PciSpec.ConfigSize);
        pci.Bars = new BarRecord[reader.Count(PciSpec.Bars)];
        foreach (ref var bar in pci.Bars.AsSpan())
            bar = new BarRecord(reader.Number(), reader.Number(), reader.Byte(), reader.Flag());
        pci.Intx = (IntxState)reader.Byte();
        pci.MsixWords = new uint[reader.Count(MsixTable.MaxVectors * 4)];
        foreach (ref var word in pci.MsixWords.AsSpan())
            word = reader.UInt32();
        pci.MsixPending = new ulong[reader.Count(MsixTable.MaxVectors / 64)];
        foreach (ref var word in pci.MsixPending.AsSpan())
            word = reader.Number();
    }

    private static void Write(ref RecordWriter writer, in TransportRecord transport)
    {
        writer.Byte(transport.Status);
        writer.Byte(transport.Session);
        writer.Byte(transport.Isr);
        writer.Byte(transport.Generation);
        writer.Number(transport.QueueSelect);
        writer.Number(transport.ConfigVector);
        writer.Number(transport.DriverFeatures);
        writer.Number(transport.DeviceFeatureSelect);
        writer.Number(transport.DriverFeatureSelect);
        writer.Flags(transport.FeaturesWritten, transport.AcceptsUnknownFeatures);
        writer.Number(transport.Epoch);
    }

    private static TransportRecord ReadTransport(ref RecordReader reader)
    {
        var transport = new TransportRecord
        {
            Status = reader.Byte(),
            Session = reader.Byte(),
            Isr = reader.Byte(),
            Generation = reader.Byte(),
            QueueSelect = reader.UInt16(),
            ConfigVector = reader.UInt16(),
            DriverFeatures = reader.Number(),
            DeviceFeatureSelect = reader.UInt32(),
            DriverFeatureSelect = reader.UInt32(),
        };
        var flags = reader.Flags(2);
        return transport with { FeaturesWritten = (flags & 1) != 0, AcceptsUnknownFeatures = (flags & 2) != 0, Epoch = reader.UInt32() };
    }

    private static void Write(ref RecordWriter writer, in QueueRecord queue)
    {
        writer.Number(queue.Descriptors);
        writer.Number(queue.Available);
        writer.Number(queue.Used);
        writer.Number(queue.Doorbell);
        writer.Number(queue.Page);
        writer.Number(queue.Size);
        writer.Number(queue.Vector);
        writer.Flags(queue.IsEnabled, queue.Ring.IsReady);
        writer.Number((uint)queue.Ring.Size);
        writer.Number(queue.Ring.DescriptorTable);
        writer.Number(queue.Ring.AvailableRing);
        writer.Number(queue.Ring.UsedRing);
        writer.Number(queue.Ring.LastAvailable);
        writer.Number(queue.Ring.UsedIndex);
        writer.Number(queue.Ring.Features);
        writer.Number(queue.UsedIndex);
    }

    private static QueueRecord ReadQueue(ref RecordReader reader)
    {
        var queue = new QueueRecord
        {
            Descriptors = reader.Number(),
            Available = reader.Number(),
            Used = reader.Number(),
            Doorbell = reader.Number(),
            Page = reader.UInt32(),
            Size = reader.UInt16(),
            Vector = reader.UInt16(),
        };
        var flags = reader.Flags(2);
        queue.IsEnabled = (flags & 1) != 0;
        queue.Ring = new VirtqueueState(
            (flags & 2) != 0, reader.Int32(), reader.Number(), reader.Number(), reader.Number(), reader.UInt16(), reader.UInt16(), reader.Number());
        queue.UsedIndex = reader.UInt16();
        return queue;
    }

    private static void Write(ref RecordWriter writer, in DoorbellRecord doorbell)
    {
        writer.Flags(doorbell.Wanted is not null, doorbell.Registered is not null, doorbell.IsRemoval);
        Write(ref writer, doorbell.Wanted.GetValueOrDefault());
        Write(ref writer, doorbell.Registered.GetValueOrDefault());
        Write(ref writer, doorbell.InHand);
        writer.Signed(doorbell.Id);
        writer.Number(doorbell.Handled);
        writer.Number(doorbell.Acknowledged);
    }

    private static DoorbellRecord ReadDoorbell(ref RecordReader reader)
    {
        var flags = reader.Flags(3);
        var wanted = ReadPlace(ref reader);
        var registered = ReadPlace(ref reader);
        return new DoorbellRecord(
            (flags & 1) != 0 ? wanted : null, (flags & 2) != 0 ? registered : null, ReadPlace(ref reader), reader.Signed(), (flags & 4) != 0, reader.Number(), reader.Number());
    }

    private static void Write(ref RecordWriter writer, in DoorbellRegistrations.Doorbell place)
    {
        writer.Flags(place.Pio, place.DataMatch);
        writer.Number(place.Address);
        writer.Number(place.Length);
        writer.Number(place.Data);
    }

    private static DoorbellRegistrations.Doorbell ReadPlace(ref RecordReader reader)
    {
        var flags = reader.Flags(2);
        return new DoorbellRegistrations.Doorbell((flags & 1) != 0, reader.Number(), reader.UInt32(), (flags & 2) != 0, reader.Number());
    }

    private static void Write(ref RecordWriter writer, ConsoleRecord console)
    {
        writer.Flag(console.IsGuestReady);
        writer.Number(console.Cols);
        writer.Number(console.Rows);
        writer.Signed(console.EmergencySent);
        writer.Signed(console.EmergencyTaken);
        writer.Signed(console.EmergencyDropped);
        writer.Sparse(console.Emergency);
    }

    private static void ReadConsole(ref RecordReader reader, ConsoleRecord console)
    {
        console.IsGuestReady = reader.Flag();
        console.Cols = reader.UInt16();
        console.Rows = reader.UInt16();
        console.EmergencySent = reader.Signed();
        console.EmergencyTaken = reader.Signed();
        console.EmergencyDropped = reader.Signed();
        console.Emergency = reader.Sparse(VirtioConsole.EmergencyWindow);
    }

    private static void Write(ref RecordWriter writer, in PortRecord port)
    {
        writer.Flags(port.IsPlugged, port.IsHostOpen, port.IsOver, port.IsAnnounced, port.IsGuestReady, port.IsGuestOpen, port.HasSize, port.IsForgotten);
        writer.Number(port.Cols);
        writer.Number(port.Rows);
        writer.Byte((byte)port.Pending);
        writer.Number(port.Epoch);
        writer.Number(port.OpenChange);
        writer.Signed(port.SentToNobody);
        writer.Signed(port.Transmitted);
        writer.Signed(port.Delivered);
        writer.Number(port.Grant);
        writer.Signed(port.Sent);
        writer.Signed(port.Granted);
        writer.Number(port.CountsEpoch);
        writer.Signed(port.Counts.EpochStart);
        writer.Signed(port.Counts.Front);
        writer.Signed(port.Counts.Accepted);
        writer.Signed(port.Counts.Written);
        writer.Signed(port.Counts.At);
        writer.Signed(port.Counts.Dropped);
        writer.Signed(port.Counts.EmergenciesDone);
    }

    private static PortRecord ReadPort(ref RecordReader reader)
    {
        var flags = reader.Byte();
        return new PortRecord(
            (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, (flags & 8) != 0, (flags & 16) != 0, (flags & 32) != 0, (flags & 64) != 0,
            reader.UInt16(), reader.UInt16(), (ControlEvents)reader.Byte(), reader.UInt32(), reader.UInt32(), reader.Signed(), reader.Signed(), reader.Signed(),
            reader.UInt32(), (flags & 128) != 0, reader.Signed(), (int)Math.Clamp(reader.Signed(), 0, PortInput.MaxHeld), reader.UInt32(),
            new PortCounts(reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed(), reader.Signed()));
    }
}
