using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>Chains of any layout, and drivers that keep to nothing.</summary>
public sealed class ChainTests : MachineTest
{
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void Legal_chains_of_any_framing_carry_their_bytes(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Submit(new Chain().Readable("in ").Readable("three ").Readable("pieces "));
        machine.ExpectBytes("in three pieces ");
        machine.Done(machine.Write("and the driver goes on"));

        machine.ExpectBytes("and the driver goes on");
    }

    [Fact]
    public void An_indirect_table_is_walked()
    {
        var machine = Boot();

        machine.Submit(new Chain().Readable("in").Readable("direct").Indirect());

        machine.ExpectBytes("indirect");
    }

    [Fact]
    public void What_is_legal_is_known()
    {
        Assert.True(new Chain().Readable(1).Writable(1).Indirect().IsLegal);
        Assert.False(new Chain().IsLegal);
        Assert.False(new Chain().Writable(1).Readable(1).IsLegal);
        Assert.False(new Chain().Readable(1).LoopTo(0).IsLegal);
        Assert.False(new Chain().Readable(1).Claims(1 << 20).IsLegal);
        Assert.False(new Chain().Overlong(100).IsLegal);
        Assert.Throws<InvalidOperationException>(() => new Chain().Claims(1));
    }

    public static TheoryData<string, Chain> Hostile => new()
    {
        { "a loop", new Chain().Readable("a").Readable("b").LoopTo(0) },
        { "a loop in an indirect table", new Chain().Readable("a").Readable("b").LoopTo(0).Indirect() },
        { "more descriptors than there are", new Chain().Overlong(300) },
        { "a buffer outside RAM", new Chain().At(0xFEC0_0000, 16) },
        { "a buffer at the end of the address space", new Chain().At(ulong.MaxValue - 3, 16) },
        { "a length that overflows", new Chain().Readable("x").Claims(uint.MaxValue) },
        { "a head beyond the table", new Chain().Readable("x").Head(0xFFFF) },
        { "a next beyond the table", new Chain().Readable("x").Next(0x7FFF) },
        { "an empty indirect table", new Chain().Readable("x").TableBytes(0) },
        { "an indirect table of half a descriptor", new Chain().Readable("x").TableBytes(8) },
        { "an indirect table in an indirect table", new Chain().Readable("x").Flags(VirtioSpec.DescriptorIndirect).Indirect() },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_chain_costs_its_device_alone(string what, Chain chain)
    {
        var machine = Boot(described => described.Console().Console());

        machine.Submit(chain);
        machine.ExpectNotify(queue: 1);
        machine.ExpectCompletion();
        machine.Run(async guest =>
        {
            await guest.Port(device: 1).Write("unharmed"u8.ToArray());
            await guest.Port(device: 1).Flush();
        });

        machine.ExpectBytes("unharmed", device: 1);
        Assert.False(machine.IsEnded, what);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_hostile_driver_ends_no_machine(ulong seed)
    {
        var machine = Boot(described => described.Seed(seed));

        machine.Run(guest => new HostileDriver(seed).Run(guest, kicks: 50));

        Assert.False(machine.IsEnded);
        machine.Recording.Should().NotContain<LifeEvent>(life => life.Change == LifeChange.GaveUp);
    }
}
