using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Oracles of rings, RAM and registers, each with what is right and what is wrong.</summary>
public sealed class RingOracleTests
{
    private static readonly byte[] Five = [1, 2, 3, 4, 5];

    public static TheoryData<string> Oracles => ["I9", "I10", "I11", "I12", "I13", "I19", "I23", "I24", "I29", "L3"];

    [Theory]
    [MemberData(nameof(Oracles))]
    public void A_device_that_does_its_work_is_left_alone(string id)
    {
        using var stage = new RingStage(Make(id));
        for (ushort number = 0; number < 10; number++)
        {
            var slot = (ushort)(number & 3);
            stage.Step++;
            stage.Send(number, Five).Interrupt();
            stage.Offer(0, (ushort)(number + 1)).Take(0, slot, slot, 8 + slot, 64, true).Give(Five).DeviceWrites(RingStage.Buffer(8 + slot), Five)
                .Element(0, slot, slot, 5).Index(0, (ushort)(number + 1)).Interrupt();
        }

        stage.Reset().Phase(WorldPhase.End);
        Assert.Empty(stage.Said.Select(violation => violation.What));
    }

    [Fact]
    public void I9_An_index_that_jumps_or_goes_back_is_seen()
    {
        using var jump = Taken("I9");
        Assert.Single(jump.Element(1, 0, 0, 0).Index(1, 0x4001).Said);
        using var back = Taken("I9");
        Assert.Single(back.Element(1, 0, 0, 0).Index(1, 0xFFFF).Said);
    }

    [Fact]
    public void I10_A_head_that_was_not_available_or_comes_twice_is_seen()
    {
        using var foreign = Taken("I10");
        Assert.Single(foreign.Element(1, 0, 2, 0).Index(1, 1).Said);
        using var twice = Taken("I10");
        Assert.Single(twice.Element(1, 0, 0, 0).Index(1, 1).Element(1, 1, 0, 0).Index(1, 2).Said);
    }

    [Fact]
    public void I10_A_length_beyond_what_was_written_is_seen()
    {
        using var stage = new RingStage(Make("I10"));
        stage.Take(0, 0, 0, 0, 64, true).DeviceWrites(RingStage.Buffer(0), Five).Element(0, 0, 0, 6).Index(0, 1);

        Assert.Contains("length of 6, 5 bytes", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I11_An_index_before_its_element_is_seen()
    {
        using var stage = Taken("I11");

        Assert.Single(stage.Index(1, 1).Said);
    }

    [Fact]
    public void I11_A_payload_behind_the_index_is_seen()
    {
        using var stage = new RingStage(Make("I11"));
        stage.Take(0, 0, 0, 0, 64, true).Element(0, 0, 0, 0).Index(0, 1).DeviceWrites(RingStage.Buffer(0), Five);

        Assert.Contains("given back", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I11_An_interrupt_before_the_index_is_seen()
    {
        using var stage = Taken("I11");

        Assert.Single(stage.Element(1, 0, 0, 0).Interrupt().Said);
    }

    [Theory]
    [InlineData(0x20_0000, true)]
    [InlineData(0x10_1000, true)]
    [InlineData(0x10_1400, true)]
    [InlineData(0x500, true)]
    [InlineData(0x500, false)]
    [InlineData(0x20_0004, false)]
    public void I12_What_a_device_must_not_touch_is_seen(ulong address, bool isWrite)
    {
        using var stage = Taken("I12");
        if (isWrite)
            stage.DeviceWrites(address, [1, 2]);
        else
            stage.DeviceReads(address, [1, 2]);

        Assert.Equal("I12", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I12_What_another_processor_sets_up_while_a_reset_lasts_belongs_to_the_next_life()
    {
        using var stage = new RingStage(Make("I12"));
        stage.ResetDuring(during => during.Place(0, 0x30_0000)).DeviceWrites(0x30_0800, RingStage.Word(0));
        Assert.Empty(stage.Said);

        stage.DeviceWrites(RingStage.Used(1), RingStage.Word(0));
        Assert.Contains("before a reset", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I12_A_driver_that_does_not_wait_for_another_processors_reset_begins_the_next_life()
    {
        using var stage = new RingStage(Make("I12"));
        stage.ResetDuring(during => during.Place(0, 0x30_0000).Write(VirtioPciSpec.DeviceStatus, 1, 15).DeviceWrites(0x30_0800, RingStage.Word(0)))
            .DeviceWrites(0x30_0800, RingStage.Word(0));

        Assert.Empty(stage.Said);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void I12_A_queue_may_be_where_a_later_attempt_put_it_though_another_attempt_lies_there_too(bool hasLaterAttempt, int violations)
    {
        const ulong page = 0x30_0000;
        using var stage = new RingStage(Make("I12"));
        stage.Place(4, page + 0x8000).Place(6, page);
        if (hasLaterAttempt)
            stage.Place(4, page - 0x800);

        Assert.Equal(violations, stage.DeviceWrites(page, RingStage.Word(VirtioSpec.UsedNoNotify)).Said.Count);
    }

    [Fact]
    public void I13_RAM_is_quiet_before_DRIVER_OK()
    {
        using var stage = new RingStage(Make("I13"), isUp: false);
        stage.Write(VirtioPciSpec.DeviceStatus, 1, 11).Enable(1);
        Assert.Empty(stage.Said);

        Assert.Contains("without DRIVER_OK", Assert.Single(stage.DeviceReads(RingStage.Available(1) + 2, [0, 0]).Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I13_RAM_is_quiet_after_NEEDS_RESET()
    {
        using var stage = Taken("I13");
        stage.Read(VirtioPciSpec.DeviceStatus, 1, 15 | VirtioSpec.StatusNeedsReset).DeviceReads(RingStage.Available(1) + 2, [0, 0]);

        Assert.Contains("NEEDS_RESET", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I16_A_change_between_two_equal_generations_is_seen()
    {
        using var stage = new RingStage(Make("I16"));
        stage.Read(VirtioPciSpec.ConfigGeneration, 1, 7).Read(VirtioPciSpec.DeviceOffset, 2, 80).Read(VirtioPciSpec.ConfigGeneration, 1, 7)
            .Read(VirtioPciSpec.DeviceOffset, 2, 100).Read(VirtioPciSpec.ConfigGeneration, 1, 8).Read(VirtioPciSpec.DeviceOffset, 2, 100);
        Assert.Empty(stage.Said);

        Assert.Single(stage.Read(VirtioPciSpec.DeviceOffset, 2, 101).Read(VirtioPciSpec.ConfigGeneration, 1, 8).Said);
    }

    [Fact]
    public void I18_Features_stay_after_FEATURES_OK()
    {
        using var stage = new RingStage(Make("I18"), isUp: false);
        stage.Write(VirtioPciSpec.DriverFeatureSelect, 4, 0).Write(VirtioPciSpec.DriverFeature, 4, 5).Write(VirtioPciSpec.DriverFeature, 4, 1)
            .Write(VirtioPciSpec.DeviceStatus, 1, 11).Read(VirtioPciSpec.DeviceStatus, 1, 11)
            .Write(VirtioPciSpec.DriverFeature, 4, 3).Read(VirtioPciSpec.DriverFeature, 4, 1);
        Assert.Empty(stage.Said);

        Assert.Single(stage.Read(VirtioPciSpec.DriverFeature, 4, 3).Said);
    }

    [Fact]
    public void I18_A_queue_in_use_keeps_its_size_and_place()
    {
        using var stage = Taken("I18");
        stage.Write(VirtioPciSpec.QueueSelect, 2, 1).Write(VirtioPciSpec.QueueSize, 2, 2).Read(VirtioPciSpec.QueueSize, 2, 4);
        Assert.Empty(stage.Said);

        Assert.Contains("queue_size", Assert.Single(stage.Read(VirtioPciSpec.QueueSize, 2, 2).Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I19_A_ring_of_an_earlier_life_must_not_be_written()
    {
        using var stage = Taken("I19");
        stage.Reset().Index(1, 1);

        Assert.Equal("I19", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I23_A_loop_on_a_descriptor_is_seen()
    {
        using var stage = Taken("I23");
        for (var i = 0; i < 128; i++)
            stage.DeviceReads(RingStage.Descriptors(1), new byte[16]);
        Assert.Empty(stage.Said);
        for (var i = 0; i < 256; i++)
            stage.DeviceReads(RingStage.Descriptors(1), new byte[16]);

        Assert.Equal("I23", Assert.Single(stage.Said).Oracle);
    }

    [Fact]
    public void I29_A_byte_behind_the_used_length_is_seen()
    {
        using var stage = new RingStage(Make("I29"));
        stage.Take(0, 0, 0, 0, 64, true).DeviceWrites(RingStage.Buffer(0), Five).Element(0, 0, 0, 4).Index(0, 1);

        Assert.Contains("1 bytes behind", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void L3_A_chain_that_is_not_used_is_missed()
    {
        using var stage = new RingStage(Make("L3"));
        stage.Offer(1, 2).Take(1, 0, 0, 0, 5, false).DeviceReads(RingStage.Buffer(0), Five).Accept(Five).Element(1, 0, 0, 0).Index(1, 1).Phase(WorldPhase.End);

        Assert.Contains("1 chains are available", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void L3_Receive_buffers_may_wait_for_input_that_does_not_come()
    {
        using var stage = new RingStage(Make("L3"));
        stage.Offer(0, 4).Take(0, 0, 0, 0, 64, true);
        Assert.Empty(stage.Phase(WorldPhase.End).Said);

        stage.Backend(BackendEventKind.Fed, Five);
        Assert.Contains("input", Assert.Single(stage.Phase(WorldPhase.End).Said).What, StringComparison.Ordinal);
    }

    private static RingStage Taken(string id)
    {
        var stage = new RingStage(Make(id));
        return stage.Offer(1, 1).Take(1, 0, 0, 0, 2, false);
    }

    private static Oracle Make(string id) => id switch
    {
        "I9" => new UsedIndexOracle(),
        "I10" => new UsedElementOracle(),
        "I11" => new PublicationOracle(),
        "I12" => new ConfinementOracle(),
        "I13" => new QuietOracle(),
        "I16" => new ConfigurationOracle(),
        "I18" => new RegisterOracle(),
        "I19" => new ResetFenceOracle(),
        "I23" => new BoundedWorkOracle(),
        "I24" => new SingleOwnerOracle(),
        "I29" => new BufferTailOracle(),
        _ => new ChainLivenessOracle(),
    };
}
