using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// A device can't tell where its guest's RAM is: two of them, one beside the RAM and one that reaches it by exchanges, are given the same driver, honest or hostile, and do the same.
/// </summary>
public sealed class RemoteAgainstDirectTests
{
    private const int Queue = 1;
    private const int Size = VirtioConsoleSpec.QueueSize;
    private const ulong Nowhere = 0xFFFF_FFFF_FFFF_F000;

    private enum Kind
    {
        Honest,
        Descriptor,
        Loop,
        Jump,
        Head,
    }

    /// <summary>Something that a driver does; what the numbers mean depends on the kind.</summary>
    private readonly record struct Step(Kind Kind, int First, int Second, int Third, int Fourth);

    private static readonly int[] SomeLengths = [0, 1, 17, 1000, 4096, 70_000, int.MaxValue, -1, -4096];

    private static readonly Gen<int> Lengths = Gen.Int[0, SomeLengths.Length - 1].Select(which => SomeLengths[which]);

    private static readonly Gen<Step> Honest = Gen.Select(Gen.Int[1, 8], Gen.Int[0, 5000], Gen.Int[1, 6], (parts, bytes, chains) => new Step(Kind.Honest, parts, bytes, chains, 0));

    private static readonly Gen<Step> Hostile = Gen.OneOf(
        Gen.Select(Gen.Int[0, 3], Lengths, Gen.Int[0, 7], Gen.Int[0, Size + 8], (place, length, flags, next) => new Step(Kind.Descriptor, place, length, flags, next)),
        Gen.Select(Gen.Int[0, Size - 1], Gen.Int[0, Size - 1], Gen.Int[0, 5000], (from, to, length) => new Step(Kind.Loop, from, to, length, 0)),
        Gen.Int[1, ushort.MaxValue].Select(by => new Step(Kind.Jump, by, 0, 0, 0)),
        Gen.Int[0, ushort.MaxValue].Select(head => new Step(Kind.Head, head, 0, 0, 0)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_honest_driver_sees_no_difference(bool eventIndex) => Honest.Array[1, 12].Sample(steps => Compare(steps, eventIndex), iter: 60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Neither_does_a_hostile_one(bool eventIndex) => Gen.Frequency((1, Honest), (1, Hostile)).Array[1, 10].Sample(steps => Compare(steps, eventIndex), iter: 250);

    private static void Compare(Step[] steps, bool eventIndex)
    {
        var direct = Rig(isRemote: false, eventIndex);
        var remote = Rig(isRemote: true, eventIndex);
        foreach (var step in steps)
        {
            var before = remote.Life.Memory!.Exchanges;
            var found = Do(direct, step);
            Assert.Equal(found, Do(remote, step));
            Assert.Equal(direct.Ports[0].Backend.Written(), remote.Ports[0].Backend.Written());
            Assert.Equal(direct.Faults.Select(fault => fault.Kind).Distinct(), remote.Faults.Select(fault => fault.Kind).Distinct());
            Assert.Equal(direct.Life.Record.Transport.Status, remote.Life.Record.Transport.Status);
            Assert.Equal((0L, 0L), (remote.Server.Malformed, remote.Life.Memory!.Malformed));
            Assert.InRange(remote.Life.Memory!.Exchanges - before, 0UL, 100UL);
            Assert.False(remote.Life.Memory!.IsOutstanding);
        }
    }

    private static CrashRig Rig(bool isRemote, bool eventIndex)
    {
        var rig = new CrashRig(isRemote, new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex);
        rig.Settle();
        return rig;
    }

    /// <summary>Does it, lets everything come to rest, and gives what the driver finds used.</summary>
    private static List<(uint Head, uint Length)> Do(CrashRig rig, Step step)
    {
        var ring = rig.Rings[Queue];
        switch (step.Kind)
        {
            case Kind.Honest:
                for (var chain = 0; chain < step.Third; chain++)
                    ring.Send([.. Enumerable.Range(0, step.First).Select(part => ring.Out(Content(step.Second / step.First, part + chain)))]);
                break;
            case Kind.Descriptor:
                ring.Descriptor(Size - 1, Place(ring, step.First), (uint)step.Second, (ushort)step.Third, (ushort)step.Fourth);
                ring.Offer(Size - 1);
                break;
            case Kind.Loop:
                ring.Descriptor(step.First, ring.Buffers, (uint)step.Third, VirtioSpec.DescriptorNext, (ushort)step.Second);
                ring.Descriptor(step.Second, ring.Buffers, (uint)step.Third, VirtioSpec.DescriptorNext, (ushort)step.First);
                ring.Offer((ushort)step.First);
                break;
            case Kind.Jump:
                ring.AvailableIndex = (ushort)(ring.AvailableIndex + step.First);
                break;
            default:
                ring.Offer((ushort)step.First);
                break;
        }

        rig.Kick(Queue);
        rig.Settle();
        return rig.TakeUsed(Queue);
    }

    private static ulong Place(DriverRing ring, int which) => which switch
    {
        0 => ring.Buffers,
        1 => Nowhere,
        2 => ulong.MaxValue,
        _ => 0x1000_0000,
    };

    private static byte[] Content(int length, int seed)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }
}
