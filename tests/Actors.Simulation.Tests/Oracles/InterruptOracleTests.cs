using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>I14, I15 and the interrupt status of I16: an interrupt for what the driver wants to hear of, and no more.</summary>
public sealed class InterruptOracleTests
{
    private static readonly TimeSpan Late = TimeSpan.FromMilliseconds(2);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void I14_A_used_buffer_is_followed_by_an_interrupt(bool usesMsix)
    {
        using var told = Made(new NotificationOracle(), usesMsix);
        Use(told, 0);
        (usesMsix ? told.Interrupt() : told.Line(true)).EndStep(Late).EndStep().Phase(WorldPhase.End);
        Assert.Empty(told.Said);

        using var untold = Made(new NotificationOracle(), usesMsix);
        Use(untold, 0).EndStep(Late).EndStep();
        Assert.Contains("no interrupt followed", Assert.Single(untold.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I14_A_driver_that_wants_none_is_owed_none()
    {
        using var stage = Made(new NotificationOracle(), usesMsix: true);
        stage.Flags(1, VirtioSpec.AvailNoInterrupt);
        Use(stage, 0).EndStep(Late).EndStep().Phase(WorldPhase.End);
        Assert.Empty(stage.Said);

        Use(stage.Flags(1, 0), 1).EndStep(Late).EndStep();
        Assert.Single(stage.Said);
    }

    [Fact]
    public void I14_An_interrupt_may_be_late_by_less_than_a_millisecond_and_serve_two_buffers()
    {
        using var stage = Made(new NotificationOracle(), usesMsix: true);
        Use(stage, 0).EndStep(TimeSpan.FromMicroseconds(500));
        Use(stage, 1).EndStep(TimeSpan.FromMicroseconds(400)).Interrupt().EndStep(Late).EndStep().Phase(WorldPhase.End);

        Assert.Empty(stage.Said);
    }

    [Fact]
    public void I14_What_a_mask_holds_back_is_owed_when_it_is_gone()
    {
        using var kept = Made(new NotificationOracle(), usesMsix: true);
        Use(kept.Mask(true), 0).EndStep(Late).EndStep(Late).EndStep().Mask(false).Interrupt().EndStep(Late).EndStep().Phase(WorldPhase.End);
        Assert.Empty(kept.Said);

        using var lost = Made(new NotificationOracle(), usesMsix: true);
        Use(lost.Mask(true), 0).EndStep(Late).EndStep().Mask(false).EndStep();
        Assert.Empty(lost.Said);
        lost.EndStep(Late).EndStep();
        Assert.Contains("no interrupt followed", Assert.Single(lost.Said).What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("other vector")]
    public void I14_What_a_mask_holds_back_is_forgotten_with_its_reason(string reason)
    {
        using var stage = Made(new NotificationOracle(), usesMsix: true);
        Use(stage.Mask(true), 0).EndStep();
        _ = reason == "reset" ? stage.Reset() : stage.Write(VirtioPciSpec.QueueSelect, 2, 1).Write(VirtioPciSpec.QueueMsixVector, 2, 2);

        stage.Mask(false).EndStep(Late).EndStep(Late).EndStep().Phase(WorldPhase.End);
        Assert.Empty(stage.Said);
    }

    [Fact]
    public void I14_A_device_that_is_down_owes_until_it_is_back()
    {
        using var stage = Made(new NotificationOracle(), usesMsix: true);
        Use(stage, 0).Life(LifeChange.Crashed).EndStep(Late).EndStep(Late).Life(LifeChange.Restarted).EndStep(Late).EndStep();
        Assert.Empty(stage.Said);

        stage.EndStep(TimeSpan.FromSeconds(2)).EndStep();
        Assert.Single(stage.Said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void I15_There_are_no_more_interrupts_than_used_buffers(bool usesMsix)
    {
        using var stage = Made(new InterruptBudgetOracle(), usesMsix);
        for (ushort number = 0; number < 5; number++)
            Raise(Use(stage, number), usesMsix);
        Assert.Empty(stage.Said);

        // One is forgiven: a device can't know of the one before a reset.
        Raise(stage, usesMsix);
        Assert.Empty(stage.Said);
        Raise(stage, usesMsix);
        Assert.Contains("2 interrupts without a used buffer", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I15_A_restarted_device_may_raise_one_more_for_each_queue()
    {
        using var stage = Made(new InterruptBudgetOracle(), usesMsix: true);
        stage.Life(LifeChange.Crashed).Life(LifeChange.Restarted);
        for (var i = 0; i < 3; i++)
            stage.Interrupt();
        Assert.Empty(stage.Said);

        Assert.Single(stage.Interrupt().Said);
    }

    [Fact]
    public void I16_A_read_clears_the_interrupt_status()
    {
        using var stage = Made(new ConfigurationOracle(), usesMsix: false);
        Status(Use(stage, 0), VirtioPciSpec.IsrQueue);
        Status(stage, 0);
        Status(Use(stage, 1), VirtioPciSpec.IsrQueue);
        Status(stage, VirtioPciSpec.IsrConfig);
        Assert.Empty(stage.Said);

        Status(stage, VirtioPciSpec.IsrQueue);
        Assert.Contains("none was since", Assert.Single(stage.Said).What, StringComparison.Ordinal);
    }

    [Fact]
    public void I16_A_restarted_device_may_say_again_what_was_read()
    {
        using var stage = Made(new ConfigurationOracle(), usesMsix: false);
        Status(Use(stage, 0), VirtioPciSpec.IsrQueue);
        Status(stage.Life(LifeChange.Restarted), VirtioPciSpec.IsrQueue);

        Assert.Empty(stage.Said);
    }

    private static RingStage Made(Oracle oracle, bool usesMsix)
    {
        var stage = new RingStage(oracle);
        return usesMsix ? stage.UseMsix(0, 1) : stage;
    }

    /// <summary>The device takes a chain from queue 1 and gives it back.</summary>
    private static RingStage Use(RingStage stage, ushort number) => stage.Send(number, [1, 2, 3]);

    private static void Raise(RingStage stage, bool usesMsix) => _ = usesMsix ? stage.Interrupt() : stage.Line(true).Line(false);

    private static void Status(RingStage stage, ulong value) => stage.Read(VirtioPciSpec.IsrOffset, 1, value);
}
