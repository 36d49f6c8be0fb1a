using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A device's record as bytes, for a device model on another node. Layout: <see cref="DeviceRecord.CurrentVersion"/>, then the fields in the order below, counts before arrays, little-endian.
/// Who reads believes no count; whether the values are possible, the device that is made from them finds out (<see cref="ConsoleDevice.TryRestore"/>).
/// </summary>
internal static class DeviceRecordCodec
{
    /// <summary>Queues, vCPUs, vectors or ports in a record, at most.</summary>
    private const int MostEntries = 4096;

    /// <summary>Adds the record.</summary>
    public static void Write(DeviceRecord record, ByteRun run)
    {
        run.AddInt32(record.Version);
        run.AddInt32(record.Queues.Length);
        run.AddInt32(record.Ports.Length);
        run.AddInt32(record.Incarnation);
        run.AddUInt64((ulong)record.Progress);
        run.AddInt32((int)record.Epoch);
        run.AddUInt64((ulong)record.LastDoorbellId);
        run.AddInt32(record.HsmIncarnation);
        run.AddUInt64(record.PlacesVersion);
        run.AddUInt64(record.MsiSequence);
        run.AddInt32((int)record.IntxChange);
        run.AddInt32((int)record.IntxSeen);
        Add(run, record.IsIntxAsserted);
        Write(record.Pci, run);
        Write(record.Transport, run);
        foreach (ref readonly var queue in record.Queues.AsSpan())
            Write(queue, run);
        foreach (ref readonly var doorbell in record.Doorbells.AsSpan())
            Write(doorbell, run);
        Write(record.Console, run);
        foreach (ref readonly var port in record.Ports.AsSpan())
            Write(port, run);
        run.AddInt32(record.Answers.Length);
        foreach (var answer in record.Answers)
        {
            run.AddUInt64(answer.Sequence);
            run.AddUInt64(answer.Value);
            Add(run, answer.IsDone);
            Add(run, answer.HasPlaces);
        }
    }

    /// <summary>Reads a record; null when the bytes are none of this version.</summary>
    public static DeviceRecord? Read(ReadOnlySpan<byte> bytes)
    {
        var reader = new ByteReader(bytes);
        var version = reader.Int32();
        var queues = reader.Int32();
        var ports = reader.Int32();
        if (!reader.IsGood || version != DeviceRecord.CurrentVersion || queues is < 0 or > MostEntries || ports is < 0 or > MostEntries)
            return null;
        var record = new DeviceRecord(queues, ports)
        {
            Incarnation = reader.Int32(),
            Progress = (long)reader.UInt64(),
            Epoch = (uint)reader.Int32(),
            LastDoorbellId = (long)reader.UInt64(),
            HsmIncarnation = reader.Int32(),
            PlacesVersion = reader.UInt64(),
            MsiSequence = reader.UInt64(),
            IntxChange = (uint)reader.Int32(),
            IntxSeen = (uint)reader.Int32(),
            IsIntxAsserted = reader.Bool(),
        };
        Read(record.Pci, ref reader);
        record.Transport = ReadTransport(ref reader);
        for (var i = 0; i < queues && reader.IsGood; i++)
            record.Queues[i] = ReadQueue(ref reader);
        for (var i = 0; i < queues && reader.IsGood; i++)
            record.Doorbells[i] = ReadDoorbell(ref reader);
        Read(record.Console, ref reader);
        for (var i = 0; i < ports && reader.IsGood; i++)
            record.Ports[i] = ReadPort(ref reader);
        record.Answers = new AnswerRecord[Count(ref reader)];
        for (var i = 0; i < record.Answers.Length && reader.IsGood; i++)
            record.Answers[i] = new AnswerRecord(reader.UInt64(), reader.UInt64(), reader.Bool(), reader.Bool());
        return reader.IsGood && reader.IsAtEnd ? record : null;
    }

    private static void Write(PciRecord pci, ByteRun run)
    {
        run.AddInt32(pci.Config.Length);
        run.Add(pci.Config);
        run.AddInt32(pci.Bars.Length);
        foreach (var bar in pci.Bars)
        {
            run.AddUInt64(bar.Assigned);
            run.AddUInt64(bar.At);
            run.AddByte(bar.State);
            Add(run, bar.IsSizing);
        }

        run.AddByte((byte)pci.Intx);
        run.AddInt32(pci.MsixWords.Length);
        foreach (var word in pci.MsixWords)
            run.AddInt32((int)word);
        run.AddInt32(pci.MsixPending.Length);
        foreach (var word in pci.MsixPending)
            run.AddUInt64(word);
    }

    private static void Read(PciRecord pci, ref ByteReader reader)
    {
        pci.Config = reader.Bytes(Count(ref reader)).ToArray();
        pci.Bars = new BarRecord[Count(ref reader)];
        for (var i = 0; i < pci.Bars.Length && reader.IsGood; i++)
            pci.Bars[i] = new BarRecord(reader.UInt64(), reader.UInt64(), reader.Byte(), reader.Bool());
        pci.Intx = (IntxState)reader.Byte();
        pci.MsixWords = new uint[Count(ref reader)];
        for (var i = 0; i < pci.MsixWords.Length && reader.IsGood; i++)
            pci.MsixWords[i] = (uint)reader.Int32();
        pci.MsixPending = new ulong[Count(ref reader)];
        for (var i = 0; i < pci.MsixPending.Length && reader.IsGood; i++)
            pci.MsixPending[i] = reader.UInt64();
    }

    private static void Write(in TransportRecord transport, ByteRun run)
    {
        run.AddByte(transport.Status);
        run.AddByte(transport.Session);
        run.AddByte(transport.Isr);
        run.AddByte(transport.Generation);
        run.AddUInt16(transport.QueueSelect);
        run.AddUInt16(transport.ConfigVector);
        run.AddUInt64(transport.DriverFeatures);
        run.AddInt32((int)transport.DeviceFeatureSelect);
        run.AddInt32((int)transport.DriverFeatureSelect);
        Add(run, transport.FeaturesWritten);
        Add(run, transport.AcceptsUnknownFeatures);
        run.AddInt32((int)transport.Epoch);
    }

    private static TransportRecord ReadTransport(ref ByteReader reader) => new(
        reader.Byte(), reader.Byte(), reader.Byte(), reader.Byte(), reader.UInt16(), reader.UInt16(), reader.UInt64(), (uint)reader.Int32(), (uint)reader.Int32(),
        reader.Bool(), reader.Bool(), (uint)reader.Int32());

    private static void Write(in QueueRecord queue, ByteRun run)
    {
        run.AddUInt64(queue.Descriptors);
        run.AddUInt64(queue.Available);
        run.AddUInt64(queue.Used);
        run.AddUInt64(queue.Doorbell);
        run.AddInt32((int)queue.Page);
        run.AddUInt16(queue.Size);
        run.AddUInt16(queue.Vector);
        Add(run, queue.IsEnabled);
        run.AddUInt16(queue.UsedIndex);
        Add(run, queue.Ring.IsReady);
        run.AddInt32(queue.Ring.Size);
        run.AddUInt64(queue.Ring.DescriptorTable);
        run.AddUInt64(queue.Ring.AvailableRing);
        run.AddUInt64(queue.Ring.UsedRing);
        run.AddUInt16(queue.Ring.LastAvailable);
        run.AddUInt16(queue.Ring.UsedIndex);
        run.AddUInt64(queue.Ring.Features);
    }

    private static QueueRecord ReadQueue(ref ByteReader reader) => new()
    {
        Descriptors = reader.UInt64(),
        Available = reader.UInt64(),
        Used = reader.UInt64(),
        Doorbell = reader.UInt64(),
        Page = (uint)reader.Int32(),
        Size = reader.UInt16(),
        Vector = reader.UInt16(),
        IsEnabled = reader.Bool(),
        UsedIndex = reader.UInt16(),
        Ring = new VirtqueueState(
            reader.Bool(), reader.Int32(), reader.UInt64(), reader.UInt64(), reader.UInt64(), reader.UInt16(), reader.UInt16(), reader.UInt64()),
    };

    private static void Write(in DoorbellRecord doorbell, ByteRun run)
    {
        Write(doorbell.Wanted, run);
        Write(doorbell.Registered, run);
        Write(doorbell.InHand, run);
        run.AddUInt64((ulong)doorbell.Id);
        Add(run, doorbell.IsRemoval);
        run.AddUInt64(doorbell.Handled);
        run.AddUInt64(doorbell.Acknowledged);
    }

    private static void Write(in DoorbellRegistrations.Doorbell? doorbell, ByteRun run)
    {
        Add(run, doorbell is not null);
        if (doorbell is not { } there)
            return;
        Add(run, there.Pio);
        run.AddUInt64(there.Address);
        run.AddInt32((int)there.Length);
        Add(run, there.DataMatch);
        run.AddUInt64(there.Data);
    }

    private static DoorbellRecord ReadDoorbell(ref ByteReader reader) => new(
        ReadPlace(ref reader), ReadPlace(ref reader), ReadPlace(ref reader) ?? default, (long)reader.UInt64(), reader.Bool(), reader.UInt64(), reader.UInt64());

    private static DoorbellRegistrations.Doorbell? ReadPlace(ref ByteReader reader) =>
        reader.Bool() ? new DoorbellRegistrations.Doorbell(reader.Bool(), reader.UInt64(), (uint)reader.Int32(), reader.Bool(), reader.UInt64()) : null;

    private static void Write(ConsoleRecord console, ByteRun run)
    {
        Add(run, console.IsGuestReady);
        run.AddUInt16(console.Cols);
        run.AddUInt16(console.Rows);
        run.AddUInt64((ulong)console.EmergencySent);
        run.AddUInt64((ulong)console.EmergencyTaken);
        run.AddUInt64((ulong)console.EmergencyDropped);
        run.AddInt32(console.Emergency.Length);
        run.Add(console.Emergency);
    }

    private static void Read(ConsoleRecord console, ref ByteReader reader)
    {
        console.IsGuestReady = reader.Bool();
        console.Cols = reader.UInt16();
        console.Rows = reader.UInt16();
        console.EmergencySent = (long)reader.UInt64();
        console.EmergencyTaken = (long)reader.UInt64();
        console.EmergencyDropped = (long)reader.UInt64();
        console.Emergency = reader.Bytes(Count(ref reader)).ToArray();
    }

    private static void Write(in PortRecord port, ByteRun run)
    {
        Add(run, port.IsPlugged);
        Add(run, port.IsHostOpen);
        Add(run, port.IsOver);
        Add(run, port.IsAnnounced);
        Add(run, port.IsGuestReady);
        Add(run, port.IsGuestOpen);
        Add(run, port.HasSize);
        run.AddUInt16(port.Cols);
        run.AddUInt16(port.Rows);
        run.AddInt32((int)port.Pending);
        run.AddInt32((int)port.Epoch);
        run.AddInt32((int)port.OpenChange);
        run.AddUInt64((ulong)port.SentToNobody);
        run.AddUInt64((ulong)port.Transmitted);
        run.AddUInt64((ulong)port.Delivered);
        run.AddInt32((int)port.Grant);
        Add(run, port.IsForgotten);
    }

    private static PortRecord ReadPort(ref ByteReader reader) => new(
        reader.Bool(), reader.Bool(), reader.Bool(), reader.Bool(), reader.Bool(), reader.Bool(), reader.Bool(), reader.UInt16(), reader.UInt16(),
        (ControlEvents)reader.Int32(), (uint)reader.Int32(), (uint)reader.Int32(), (long)reader.UInt64(), (long)reader.UInt64(), (long)reader.UInt64(), (uint)reader.Int32(), reader.Bool());

    private static void Add(ByteRun run, bool value) => run.AddByte(value ? (byte)1 : (byte)0);

    private static int Count(ref ByteReader reader)
    {
        var count = reader.Int32();
        return reader.IsGood && count is >= 0 and <= MostEntries ? count : 0;
    }
}
