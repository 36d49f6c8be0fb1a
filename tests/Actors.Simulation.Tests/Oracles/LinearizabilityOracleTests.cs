using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>I27: one order of all processors' accesses explains what each of them read.</summary>
public sealed class LinearizabilityOracleTests
{
    private const ulong Old = 3;
    private const ulong New = 5;

    private ulong _sequence;

    [Fact]
    public void A_register_reads_as_it_was_written()
    {
        using var right = Made();
        Read(Write(right, 0, Old), 1, Old);
        Read(Write(right, 1, New), 0, New).IsContent();

        Read(Write(Made(), 0, Old), 0, New).Objects("reads 0x5", "which holds 0x3");
    }

    [Theory]
    [InlineData(Old)]
    [InlineData(New)]
    public void A_read_beside_a_write_sees_what_was_before_it_or_after_it(ulong seen)
    {
        using var stage = Write(Made(), 0, Old);
        var write = Begin(stage, 1, IoDirection.Write, New);
        Read(stage, 0, seen);
        End(stage, 1, write, 0).IsContent();
    }

    [Fact]
    public void A_read_beside_a_write_sees_nothing_else()
    {
        var stage = Write(Made(), 0, Old);
        Begin(stage, 1, IoDirection.Write, New);

        Read(stage, 0, 7).Objects("reads 0x7", "1 accesses beside it");
    }

    [Fact]
    public void Of_two_reads_beside_a_write_the_second_does_not_see_what_was_before()
    {
        var stage = Write(Made(), 0, Old);
        Begin(stage, 1, IoDirection.Write, New);
        Read(Read(stage, 0, New), 0, Old).Objects("reads 0x3");
    }

    [Fact]
    public void What_is_done_is_seen()
    {
        var stage = Write(Made(), 0, Old);
        End(stage, 1, Begin(stage, 1, IoDirection.Write, New), 0);

        Read(stage, 0, Old).Objects("reads 0x3", "which holds 0x5");
    }

    [Fact]
    public void Of_two_writes_side_by_side_either_may_be_the_last_and_stays_it()
    {
        foreach (var last in (ulong[])[Old, New])
        {
            using var stage = Both(Made());
            Read(Read(stage, 0, last), 1, last).IsContent();
        }

        Read(Read(Both(Made()), 0, Old), 1, New).Objects("reads 0x5");
    }

    [Fact]
    public void After_a_reset_a_register_may_have_any_value()
    {
        using var stage = Write(Made(), 0, Old);
        End(stage, 1, Begin(stage, 1, IoDirection.Write, 0, VirtioPciSpec.DeviceStatus, 1), 0);

        Read(Read(stage, 0, 0), 1, 0).IsContent();
    }

    [Fact]
    public void A_plan_that_changes_values_is_not_judged()
    {
        Assert.True(new LinearizabilityOracle().Applies(new Plan { Name = "plain" }));
        Assert.False(new LinearizabilityOracle().Applies(new Plan { Name = "lies", Faults = [new FaultRule { Id = "lie", Row = "F20", Site = "hsm.complete", Do = "corrupt" }] }));
    }

    private static OracleStage Made() => new OracleStage(new LinearizabilityOracle()).SetUp(1);

    private OracleStage Both(OracleStage stage)
    {
        var first = Begin(stage, 0, IoDirection.Write, Old);
        var second = Begin(stage, 1, IoDirection.Write, New);
        End(stage, 0, first, 0);
        return End(stage, 1, second, 0);
    }

    private OracleStage Write(OracleStage stage, int vcpu, ulong value) => End(stage, vcpu, Begin(stage, vcpu, IoDirection.Write, value), 0);

    private OracleStage Read(OracleStage stage, int vcpu, ulong value) => End(stage, vcpu, Begin(stage, vcpu, IoDirection.Read, 0), value);

    private ulong Begin(OracleStage stage, int vcpu, IoDirection direction, ulong value, int register = VirtioPciSpec.QueueSelect, byte size = 2)
    {
        var access = new IoAccess(IoRequestType.Mmio, direction, size, 0, value);
        stage.Receive(OracleStage.Device, new DeviceHop.Access(1, vcpu, ++_sequence, VirtioPciSpec.ModernBar, (ulong)register, access));
        return _sequence;
    }

    private static OracleStage End(OracleStage stage, int vcpu, ulong sequence, ulong value)
    {
        var processor = vcpu == 0 ? OracleStage.Vcpu0 : OracleStage.Vcpu1;
        return stage.Receive(processor, new GuestHop.IoCompletion(1, sequence, value, IoOutcome.Completed)).Path(PathHop.VmEntry, sequence, vcpu: vcpu, actor: processor);
    }
}
