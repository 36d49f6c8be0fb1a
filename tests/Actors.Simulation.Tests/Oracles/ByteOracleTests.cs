using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Oracles of bytes, ports and gauges, each with what is right and what is wrong.</summary>
public sealed class ByteOracleTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();
    private static readonly byte[] World = "world"u8.ToArray();

    [Fact]
    public void I1_What_was_sent_may_come_out_in_any_pieces()
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Accept([.. Hello[..2]]).Accept([.. Hello[2..]]).Element(1, 0, 0, 0).Index(1, 1);

        Assert.Empty(stage.Phase(WorldPhase.End).Said);
    }

    [Fact]
    public void I1_A_byte_that_is_left_out_is_seen()
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Accept([.. Hello[..2]]).Accept([.. Hello[3..]]);

        Assert.Equal("I1", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I1_A_byte_that_comes_twice_is_seen()
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Send(0, Hello).Accept([.. Hello[4..]]);

        Assert.Contains("has sent no more", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I1_A_run_that_the_port_said_it_dropped_may_be_missing()
    {
        using var stage = new RingStage(new TransmitOracle(), PortPolicy.Drop);
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Accept([.. Hello[..2]]).Drop(2, DropReason.Policy).Accept([.. Hello[4..]]).Element(1, 0, 0, 0).Index(1, 1);

        Assert.Empty(stage.Phase(WorldPhase.End).Said);
    }

    [Fact]
    public void I1_Nothing_is_dropped_by_policy_under_block()
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Drop(5, DropReason.Policy);

        Assert.Contains("block", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I1_Bytes_of_a_used_buffer_that_never_came_out_are_missed_at_the_end()
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Accept([.. Hello[..2]]).Element(1, 0, 0, 0).Index(1, 1);

        Assert.Empty(stage.Said);
        Assert.Contains("last 3", Assert.Single(stage.Phase(WorldPhase.End).Said).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void I1_What_was_not_given_back_before_a_reset_may_have_come_out_or_not(int came)
    {
        using var stage = new RingStage(new TransmitOracle());
        stage.Send(0, Hello).Take(1, 1, 1, 1, 5, false).DeviceReads(RingStage.Buffer(1), World);
        if (came > 0)
            stage.Accept([.. World[..came]]);
        stage.Reset().Write(VirtioPciSpec.DeviceStatus, 1, 11).Read(VirtioPciSpec.DeviceStatus, 1, 11).Enable(1).Write(VirtioPciSpec.DeviceStatus, 1, 15);
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), World).Accept([.. World[..1]]).Accept([.. World[1..]]).Element(1, 0, 0, 0).Index(1, 1);

        Assert.Empty(stage.Phase(WorldPhase.End).Said);
    }

    [Fact]
    public void I2_Input_in_order_is_right_and_a_lost_byte_is_seen()
    {
        using var stage = new RingStage(new ReceiveOracle());
        stage.Give(Hello).Take(0, 0, 0, 0, 100, true).DeviceWrites(RingStage.Buffer(0), Hello).Element(0, 0, 0, 5).Index(0, 1);
        Assert.Empty(stage.Said);

        stage.Give(World).Take(0, 1, 1, 1, 100, true).DeviceWrites(RingStage.Buffer(1), [.. World[1..]]).Element(0, 1, 1, 4).Index(0, 2);
        Assert.Equal("I2", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I19_Under_block_a_byte_of_an_earlier_life_must_not_come_out_after_the_reset()
    {
        using var stage = new RingStage(new ResetFenceOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Accept([.. Hello[..2]]).Reset();
        Assert.Empty(stage.Said);

        stage.Accept([.. Hello[2..]]);
        Assert.Equal("I19", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I21_A_policy_says_how_much_may_wait_after_its_buffer_is_given_back()
    {
        using var stage = new RingStage(new BoundedMemoryOracle(), new PortPolicy(PortPolicyKind.Buffer, 8));
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Element(1, 0, 0, 0).Index(1, 1);
        Assert.Empty(stage.Said);

        stage.Take(1, 1, 1, 1, 5, false).DeviceReads(RingStage.Buffer(1), World).Element(1, 1, 1, 0).Index(1, 2);
        Assert.Contains("10 bytes", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I21_Messages_that_pile_up_are_counted()
    {
        using var stage = new RingStage(new BoundedMemoryOracle());
        for (var i = 0; i < 10; i++)
            stage.Tell(BoundedMemoryOracle.MaxDepth).Take(BoundedMemoryOracle.MaxDepth);
        Assert.Empty(stage.Said);

        stage.Tell(BoundedMemoryOracle.MaxDepth + 1);
        Assert.Equal("I21", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I24_An_incarnation_that_was_superseded_must_not_use_the_backend()
    {
        using var stage = new RingStage(new SingleOwnerOracle());
        stage.Backend(BackendEventKind.Accepted, Hello, 1).Backend(BackendEventKind.Accepted, Hello, 2).Backend(BackendEventKind.Given, Hello, 2);
        Assert.Empty(stage.Said);

        stage.Backend(BackendEventKind.Accepted, Hello, 1);
        Assert.Equal("I24", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I24_An_actor_that_was_superseded_must_not_either()
    {
        using var stage = new RingStage(new SingleOwnerOracle());
        stage.Actor = Actors.Simulation.World.FirstActor + 9;
        stage.Backend(BackendEventKind.Accepted, Hello);
        stage.Actor = Actors.Simulation.World.FirstActor + 6;
        stage.Backend(BackendEventKind.Accepted, Hello);

        Assert.Equal("I24", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void L4_What_a_device_took_has_to_arrive()
    {
        using var stage = new RingStage(new DrainOracle());
        stage.Send(0, Hello);
        Assert.Empty(stage.Phase(WorldPhase.End).Said);

        stage.Take(1, 1, 1, 1, 5, false).DeviceReads(RingStage.Buffer(1), World).Accept([.. World[..3]]);
        Assert.Contains("2 of 10", Assert.Single(stage.Phase(WorldPhase.End).Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void L4_What_waits_for_somebody_who_left_is_not_missed()
    {
        using var stage = new RingStage(new DrainOracle());
        stage.Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Hello).Backend(BackendEventKind.Disconnected, []);

        Assert.Empty(stage.Phase(WorldPhase.End).Said);
    }

    [Fact]
    public void L8_Before_the_heal_links_may_withhold_and_after_it_not()
    {
        using var stage = new RingStage(new ResidueOracle());
        stage.Phase(WorldPhase.Safety).Fire().Withhold();
        Assert.Empty(stage.Phase(WorldPhase.Liveness).Said);

        stage.Withhold();
        Assert.Equal("L8", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void L8_A_fault_that_fires_after_the_heal_is_seen()
    {
        using var stage = new RingStage(new ResidueOracle());

        Assert.Equal("L8", Assert.Single(stage.Phase(WorldPhase.Liveness).Fire().Said).Oracle);
    }
}
