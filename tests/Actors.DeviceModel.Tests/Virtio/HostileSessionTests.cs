using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// A valid driver session that is mutated at one point (or a few): registers, rings, descriptors, buffers. Whatever the guest does, nothing is thrown, RAM is touched
/// only where the rings and the descriptors of this session say (I12), work is bounded (I23), and after a reset the device serves a correct driver again.
/// </summary>
public sealed class HostileSessionTests
{
    private const ulong Features = VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureIndirectDescriptors | VirtioSpec.FeatureRingReset;
    private const int MostAccessesPerStep = 40_000;

    private static readonly int[] Sizes = [1, 2, 4, 8];

    private static readonly ulong[] Values =
    [
        0, 1, 2, 3, 4, 7, 8, 9, 0xF, 15, 16, 17, 63, 64, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF, 0x1_0000, 0x4_FFFF, 0x5_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFEE0_0000, 0xFFFF_FFF0,
        0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_F000, ulong.MaxValue,
    ];

    private static readonly Gen<Mutation> OneMutation =
        Gen.Select(Gen.Int[0, 7], Gen.Int[0, 11], Gen.Int[0, 0x3FFF], Gen.Int[0, 3], Gen.Int[0, Values.Length - 1], Gen.Int[0, 1])
            .Select((what, when, where, size, value, queue) => new Mutation(what, when, where, Sizes[size], Values[value], queue));

    [Theory]
    [InlineData(VirtioTransportKind.Modern, 0UL)]
    [InlineData(VirtioTransportKind.Modern, VirtioSpec.FeatureEventIndex)]
    [InlineData(VirtioTransportKind.Transitional, 0UL)]
    public void A_session_that_goes_wrong_anywhere_is_survived(VirtioTransportKind kind, ulong features)
    {
        OneMutation.Array[1, 3].Sample(mutations => Run(kind, Features | features, mutations), iter: 1500);
    }

    private static void Run(VirtioTransportKind kind, ulong features, Mutation[] mutations)
    {
        var machine = new TestFunction(kind, ram: 0x5_0000);
        var allowed = new Confinement(machine);
        machine.Memory.Guard = allowed.Check;
        Session(machine, features, (step, ring) =>
        {
            Assert.True(machine.Memory.Accesses < MostAccessesPerStep * (step + 1L), "a step took too much work");
            foreach (var mutation in mutations)
            {
                if (mutation.When == step)
                    mutation.Apply(machine, ring);
            }

            allowed.Learn();
        });

        // The same device, after a reset and with clean rings, serves as if nothing had been.
        machine.Memory.Guard = null;
        machine.Function.ConfigWrite(PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster | PciSpec.CommandIntxDisable);
        machine.Status = 0;
        Assert.Equal(0, machine.Status);
        Array.Clear(machine.Memory.Ram);
        machine.Start(VirtioSpec.FeatureVersion1);
        machine.Rings[1].Send(machine.Rings[1].Out(1, 2, 3), machine.Rings[1].In(1));
        machine.Kick(1);
        Assert.Equal(1, machine.Rings[1].UsedIndex);
        Assert.Equal(1U, machine.Rings[1].UsedElement(0).Length);
    }

    /// <summary>What a driver does, with a place before each step where the guest may misbehave.</summary>
    private static void Session(TestFunction machine, ulong features, Action<int, int> before)
    {
        var step = 0;
        before(step++, 0);
        machine.Negotiate(features);
        before(step++, 0);
        machine.SetQueueUp(0);
        before(step++, 0);
        machine.SetQueueUp(1);
        before(step++, 1);
        machine.Status = 0xF;
        for (var round = 0; round < 4; round++)
        {
            var ring = machine.Rings[round & 1];
            before(step++, round & 1);
            if (round == 2)
            {
                var table = ring.Allocate(48);
                var (a, b) = (ring.Out(1, 2), ring.In(3));
                ring.DescriptorIn(table, 0, a.Address, a.Length, VirtioSpec.DescriptorNext, 1);
                ring.DescriptorIn(table, 1, b.Address, b.Length, VirtioSpec.DescriptorWrite);
                ring.Descriptor(6, table, 32, VirtioSpec.DescriptorIndirect);
                ring.Offer(6);
            }
            else
            {
                ring.Send(ring.Out(1, 2, 3), ring.Out(4), ring.In(2));
            }

            before(step++, round & 1);
            machine.Kick(round & 1);
        }
    }

    /// <summary>Where a device may read and write: its rings; what descriptors in RAM name as readable or writable buffers, or as tables.</summary>
    private sealed class Confinement(TestFunction machine)
    {
        private readonly List<(ulong Start, ulong Length)> _readable = [];
        private readonly List<(ulong Start, ulong Length)> _writable = [];

        public void Learn()
        {
            _readable.Clear();
            _writable.Clear();
            for (var i = 0; i < 4; i++)
            {
                // The rings as the device has them now or may have them after the next step.
                var state = machine.Function.Queue(i).State;
                if (state.IsReady)
                    LearnRing(state.Size, state.DescriptorTable, state.AvailableRing, state.UsedRing);
                LearnRing(machine.Rings[i].Size, machine.Rings[i].Descriptors, machine.Rings[i].Available, machine.Rings[i].Used);
            }
        }

        public void Check(MemoryAccess access)
        {
            // Descriptors change while a session runs (the driver links new chains): learn again before judging.
            if (!IsIn(access, access.IsWrite ? _writable : _readable))
                Learn();
            Assert.True(
                IsIn(access, access.IsWrite ? _writable : _readable),
                $"{(access.IsWrite ? "wrote" : "read")} {access.Length} bytes at 0x{access.Address:x}, which is nobody's");
        }

        private static bool IsIn(MemoryAccess access, List<(ulong Start, ulong Length)> places)
        {
            foreach (var (start, length) in places)
            {
                if (access.IsWithin(start, length))
                    return true;
            }

            return false;
        }

        private void LearnRing(int size, ulong descriptors, ulong available, ulong used)
        {
            _readable.Add((descriptors, (ulong)VirtioSpec.DescriptorTableBytes(size)));
            _readable.Add((available, (ulong)VirtioSpec.AvailBytes(size)));
            _writable.Add((used, (ulong)VirtioSpec.UsedBytes(size)));
            LearnTable(descriptors, size, inner: false);
        }

        private void LearnTable(ulong table, int entries, bool inner)
        {
            for (var i = 0; i < entries; i++)
            {
                var at = table + (16UL * (uint)i);
                if (!machine.Memory.IsRam(at, 16))
                    return;
                var address = machine.Memory.Peek32(at) | ((ulong)machine.Memory.Peek32(at + 4) << 32);
                var length = machine.Memory.Peek32(at + 8);
                var flags = machine.Memory.Peek16(at + 12);
                if (length == 0 || !machine.Memory.IsRam(address, length))
                    continue;
                if ((flags & VirtioSpec.DescriptorIndirect) == 0)
                {
                    ((flags & VirtioSpec.DescriptorWrite) != 0 ? _writable : _readable).Add((address, length));
                }
                else if (!inner)
                {
                    _readable.Add((address, length));
                    LearnTable(address, (int)Math.Min(length / 16, 64), inner: true);
                }
            }
        }
    }

    private sealed record Mutation(int What, int When, int Where, int Size, ulong Value, int Queue)
    {
        public void Apply(TestFunction machine, int current)
        {
            var ring = machine.Rings[Queue == 0 ? current : 1 - current];
            switch (What)
            {
                case 0:
                    // Any register of the modern BAR.
                    machine.Write(Where, Size, Value);
                    machine.Read(Where, Size);
                    break;
                case 1:
                    // The common configuration, where most of the state is.
                    machine.Write(Where % 0x40, Size, Value);
                    break;
                case 2:
                    machine.Out(Where % 0x40, Size, Value);
                    machine.In(Where % 0x40, Size);
                    break;
                case 3:
                    // A field of a descriptor.
                    Poke(machine, ring.Descriptors + (ulong)(Where % (16 * ring.Size)), Size, Value);
                    break;
                case 4:
                    // A word of the available ring.
                    Poke(machine, ring.Available + (ulong)(Where % VirtioSpec.AvailBytes(ring.Size) & ~1), 2, Value);
                    break;
                case 5:
                    // A word of the used ring.
                    Poke(machine, ring.Used + (ulong)(Where % VirtioSpec.UsedBytes(ring.Size) & ~1), 2, Value);
                    break;
                case 6:
                    machine.Function.ConfigWrite(Where & 0xFF, Math.Min(Size, 4), (uint)Value);
                    machine.Function.ConfigRead(Where & 0xFF, Math.Min(Size, 4));
                    break;
                default:
                    // Indirect tables and buffers.
                    Poke(machine, ring.Buffers + (ulong)(Where % 256), Size, Value);
                    break;
            }
        }

        private static void Poke(TestFunction machine, ulong address, int size, ulong value)
        {
            Span<byte> bytes = stackalloc byte[8];
            BitConverter.TryWriteBytes(bytes, value);
            machine.Memory.Poke(address, bytes[..size]);
        }
    }
}
