using System.Collections.Immutable;
using Actors.Protocol;
using CsCheck;

namespace Actors.Guest.Tests;

/// <summary>RAM as devices of another node reach it: an exchange has its effect once, of the right owner, and whatever else comes has none.</summary>
public sealed class MemoryServerTests
{
    private const ulong Bytes = 1 << 20;
    private const int QueueSize = 64;
    private const ulong Descriptors = 0x1000;
    private const ulong Available = 0x2000;
    private const ulong Buffers = 0x8000;

    private static readonly VmId Vm = new(1);
    private static readonly Bdf Function = new(0, 3, 0);

    private readonly MemoryServer _server = new(Vm);
    private readonly GuestRam _ram = new(Bytes);

    [Fact]
    public void An_exchange_is_applied_once_in_its_turn_and_a_repeated_one_looks_anew()
    {
        Assert.Equal(ExchangeResult.Applied, Take(Exchange(1, Write(Buffers, 1)))!.Result);
        Assert.True(_ram.TryWrite(Buffers, [7]));
        Assert.Equal(ExchangeResult.Applied, Take(Exchange(1, Write(Buffers, 1), ReadOf(Buffers, 1)))!.Result);
        Assert.Equal(7, Byte(Buffers));
        Assert.Null(Take(Exchange(3, Write(Buffers, 3))));
        Assert.NotNull(Take(Exchange(2, Write(Buffers, 2))));
        Assert.Null(Take(Exchange(1, Write(Buffers, 9))));
        Assert.Equal(2, Byte(Buffers));
        Assert.Equal((2L, 1L, 2L, 0L), (_server.Applied, _server.Repeated, _server.Stale, _server.Malformed));
    }

    [Fact]
    public void Who_was_before_changes_nothing_any_more()
    {
        Take(Exchange(1, Write(Buffers, 1), fence: 5, life: 2, epoch: 3));
        Assert.Equal(ExchangeResult.Stale, Take(Exchange(2, Write(Buffers, 9), fence: 4, life: 2, epoch: 3))!.Result);
        Assert.Equal(ExchangeResult.Stale, Take(Exchange(2, Write(Buffers, 9), fence: 5, life: 1, epoch: 3))!.Result);
        Assert.Equal(ExchangeResult.Stale, Take(Exchange(2, Write(Buffers, 9), fence: 5, life: 2, epoch: 2))!.Result);
        Assert.Equal(ExchangeResult.Stale, Take(Exchange(2, Write(Buffers, 9), fence: 6, life: 1, epoch: 3))!.Result);

        // The question of who takes over ends the one before, even one that says nothing more.
        Assert.Equal(ExchangeResult.Applied, _server.Read(new MemoryHop.ReadRecords(Vm, new FencingToken(7))).Result);
        Assert.Equal(ExchangeResult.Stale, Take(Exchange(2, Write(Buffers, 9), fence: 5, life: 2, epoch: 3))!.Result);
        Assert.Equal(ExchangeResult.Stale, _server.Read(new MemoryHop.ReadRecords(Vm, new FencingToken(6))).Result);
        Assert.Equal(1, Byte(Buffers));
    }

    [Fact]
    public void A_record_comes_back_with_the_bytes_that_were_given_out_since()
    {
        Chain(0, Buffers, 3000);
        Assert.NotNull(Take(Exchange(1, record: [1], ahead: 10)));
        Assert.Equal((10L, (byte)1), Stored());
        Take(Exchange(2, wants: RingOf(from: 0)));
        Take(Exchange(2, wants: RingOf(from: 0)));
        Assert.Equal((3010L, (byte)1), Stored());
        Take(Exchange(3));
        Assert.Equal(3010, Stored().Ahead);
        Take(Exchange(4, record: [2], ahead: 4));
        Assert.Equal((4L, (byte)2), Stored());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(2)]
    public void A_write_that_is_longer_than_its_exchange_is_none(int length)
    {
        var run = new ByteRun();
        run.AddUInt64(Buffers);
        run.AddInt32(length);
        run.AddByte(9);
        Assert.Equal(ExchangeResult.Malformed, Take(Exchange(1, run.Take()))!.Result);
        Assert.Equal(0, Byte(Buffers));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(2 * ExchangeSpec.MaxQueueSize, 0)]
    [InlineData(QueueSize, -1)]
    public void A_ring_that_cannot_be_is_not_looked_at(int size, int bytes) =>
        Assert.Equal(ExchangeResult.Malformed, Take(Exchange(1, wants: RingOf(from: 0, size: size, bytes: bytes)))!.Result);

    [Fact]
    public void A_write_outside_of_RAM_is_refused_and_the_others_are_made()
    {
        var run = new ByteRun();
        foreach (var address in (ulong[])[Bytes - 1, ulong.MaxValue - 1, Buffers])
        {
            run.AddUInt64(address);
            run.AddInt32(4);
            run.AddInt32(0x0606_0606);
        }

        Assert.Equal(ExchangeResult.WriteRefused, Take(Exchange(1, run.Take()))!.Result);
        Assert.Equal((6, 0), (Byte(Buffers), Byte(Bytes - 1)));
        Assert.Equal(ExchangeResult.WriteRefused, Take(Exchange(1))!.Result);
    }

    [Fact]
    public void One_device_more_than_a_VM_can_have_is_refused()
    {
        for (var function = 0; function < MemoryServer.MaxDevices; function++)
            Assert.Equal(ExchangeResult.Applied, Take(Exchange(1) with { Device = new Bdf(0, (byte)(function >> 3), (byte)(function & 7)) })!.Result);
        Assert.Equal(ExchangeResult.Malformed, Take(Exchange(1) with { Device = new Bdf(1, 0, 0) })!.Result);
    }

    [Fact]
    public void Any_bytes_are_an_exchange_or_none_and_an_answer_has_its_bound() => Gen.Select(Runs, Runs).Sample(
        (writes, wants) =>
        {
            var server = new MemoryServer(Vm);
            var ram = new GuestRam(Bytes);
            var answer = server.Take(ram, new MemoryHop.Exchange(Vm, Function, 1, new FencingToken(1), 1, 1, [.. writes], [.. wants], []))!;
            Assert.True(answer.Result is ExchangeResult.Applied or ExchangeResult.WriteRefused or ExchangeResult.Malformed);
            Assert.InRange(answer.Bytes.Length, 0, ExchangeSpec.MaxAnswerBytes);
            Assert.Equal(answer.Result == ExchangeResult.Malformed ? 0 : 1, server.Applied);
        },
        iter: 3000);

    /// <summary>Loops, heads and nexts that don't exist, indirect tables in one another, buffers beyond RAM, lengths that overflow.</summary>
    [Fact]
    public void A_ring_that_says_anything_is_walked_to_an_end() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var ram = new GuestRam(Bytes);
            Span<byte> noise = new byte[(int)(Available - Descriptors) + 0x200];
            for (var i = 0; i < QueueSize; i++)
                Descriptor(random, noise.Slice(i * VirtioSpec.DescriptorSize, VirtioSpec.DescriptorSize));
            for (var i = 0; i < 0x100; i++)
                noise[(int)(Available - Descriptors) + 4 + i] = (byte)(i % 2 == 0 ? random.Next(QueueSize + 4) : random.Next(20) == 0 ? 1 : 0);
            var from = (ushort)random.Next();
            BitConverter.TryWriteBytes(noise[((int)(Available - Descriptors) + 2)..], (ushort)(from + random.Next(QueueSize + 4)));
            Assert.True(ram.TryWrite(Descriptors, noise));

            var server = new MemoryServer(Vm);
            var answer = server.Take(ram, Exchange(1, wants: RingOf(from, isIndirect: random.Next(2) == 0)))!;
            Assert.Equal(ExchangeResult.Applied, answer.Result);
            Assert.InRange(answer.Bytes.Length, 9, ExchangeSpec.MaxAnswerBytes);
            Assert.InRange(ChainsIn(answer.Bytes.AsSpan()), 0, QueueSize);
        },
        iter: 2000);

    private static readonly Gen<byte[]> Runs = Gen.OneOf(
        Gen.Byte.Array[0, 80],
        Gen.Byte[0, 3].Array[0, 80],
        Gen.Select(Gen.Int[0, 3], Gen.Int[-2, 300], Gen.Byte.Array[0, 40], (count, length, rest) => (byte[])[(byte)count, 0, .. BitConverter.GetBytes((ulong)Buffers), .. BitConverter.GetBytes(length), .. rest]));

    private static void Descriptor(Random random, Span<byte> bytes)
    {
        ulong[] places = [Buffers, Descriptors, Available, Bytes - 8, Bytes, ulong.MaxValue - 4, 0x1_0000_0000];
        uint[] lengths = [0, 1, 16, 160, 4096, 0xFFFF_FFFF, 0x8000_0000, 70_000];
        BitConverter.TryWriteBytes(bytes, places[random.Next(places.Length)]);
        BitConverter.TryWriteBytes(bytes[8..], lengths[random.Next(lengths.Length)]);
        BitConverter.TryWriteBytes(bytes[12..], (ushort)random.Next(8));
        BitConverter.TryWriteBytes(bytes[14..], (ushort)random.Next(QueueSize + 2));
    }

    /// <summary>Reads an answer to one ring as a device does; what is left over or missing fails.</summary>
    private static int ChainsIn(ReadOnlySpan<byte> answer)
    {
        var reader = new ByteReader(answer);
        Assert.True(reader.Bool());
        reader.UInt16();
        reader.UInt16();
        reader.UInt16();
        var chains = reader.UInt16();
        for (var i = 0; i < chains; i++)
        {
            var extents = new ByteReader(reader.Bytes(reader.Int32()));
            while (extents.IsGood && !extents.IsAtEnd)
            {
                extents.UInt64();
                extents.Bytes(Math.Max(extents.Int32(), 0));
            }

            Assert.True(extents.IsGood);
        }

        Assert.True(reader.IsGood && reader.IsAtEnd);
        return chains;
    }

    private static ImmutableArray<byte> Write(ulong address, byte value)
    {
        var run = new ByteRun();
        run.AddUInt64(address);
        run.AddInt32(1);
        run.AddByte(value);
        return run.Take();
    }

    private static ImmutableArray<byte> ReadOf(ulong address, int length)
    {
        var run = new ByteRun();
        run.AddUInt16(1);
        run.AddUInt64(address);
        run.AddInt32(length);
        run.AddUInt16(0);
        return run.Take();
    }

    private static ImmutableArray<byte> RingOf(ushort from, int size = QueueSize, int bytes = ExchangeSpec.PrefetchBytes, bool isIndirect = false)
    {
        var run = new ByteRun();
        run.AddUInt16(0);
        run.AddUInt16(1);
        run.AddUInt16((ushort)size);
        run.AddByte((byte)(ExchangeSpec.RingWalk | (isIndirect ? ExchangeSpec.RingIndirect : 0)));
        run.AddUInt16(from);
        run.AddInt32(bytes);
        run.AddUInt64(Descriptors);
        run.AddUInt64(Available);
        return run.Take();
    }

    private static MemoryHop.Exchange Exchange(
        ulong sequence,
        ImmutableArray<byte>? writes = null,
        ImmutableArray<byte>? wants = null,
        ImmutableArray<byte>? record = null,
        int ahead = 0,
        ulong fence = 1,
        ulong life = 1,
        uint epoch = 1) =>
        new(Vm, Function, epoch, new FencingToken(fence), life, sequence, writes ?? [], wants ?? [], record ?? [], ahead);

    private MemoryHop.Exchanged? Take(MemoryHop.Exchange exchange) => _server.Take(_ram, exchange);

    private (long Ahead, byte First) Stored()
    {
        var stored = _server.Read(new MemoryHop.ReadRecords(Vm, new FencingToken(1))).Devices.Single();
        return (stored.Ahead, stored.Bytes[0]);
    }

    /// <summary>Makes a chain of one buffer available.</summary>
    private void Chain(ushort head, ulong address, int length)
    {
        Span<byte> descriptor = stackalloc byte[VirtioSpec.DescriptorSize];
        BitConverter.TryWriteBytes(descriptor, address);
        BitConverter.TryWriteBytes(descriptor[8..], length);
        Assert.True(_ram.TryWrite(Descriptors + ((ulong)head * VirtioSpec.DescriptorSize), descriptor));
        Assert.True(_ram.TryWriteUInt16(Available + VirtioSpec.AvailRing, head));
        Assert.True(_ram.TryWriteUInt16(Available + VirtioSpec.AvailIndex, 1));
    }

    private int Byte(ulong address)
    {
        Span<byte> one = stackalloc byte[1];
        Assert.True(_ram.TryRead(address, one));
        return one[0];
    }
}
