using CsCheck;

namespace Actors.Simulation.Tests;

public sealed class ChoiceLogTests
{
    private static readonly ChoiceLog Log = new(
        "lost interrupt",
        "name: lost interrupt\n",
        ulong.MaxValue,
        new RunScript(ReplayMode.Strict, [new FaultFiring(1, 17, -250_000, long.MinValue)], [new SchedulePick(3, 4, 1), new SchedulePick(900, 2, 1)]) { WorkloadBytes = 0 })
    {
        Flaw = "short-write-tail-lost", Oracle = "I14", What = "no interrupt", TraceHash = 0xFEDC_BA98_7654_3210,
    };

    private static readonly Gen<ChoiceLog> Logs =
        from seed in Gen.ULong
        from firings in Gen.Select(Gen.Int[0, int.MaxValue], Gen.Long[1, long.MaxValue], Gen.Long, Gen.Long, (rule, occurrence, a, b) => new FaultFiring(rule, occurrence, a, b)).List[0, 20]
        from gaps in Gen.Select(Gen.Int[1, 1000], Gen.Int[2, 50], Gen.Int[1, 49]).List[0, 100]
        from text in Gen.String
        select new ChoiceLog(text, text + text, seed, new RunScript(ReplayMode.Strict, firings, Picks(gaps)));

    [Fact]
    public void What_is_written_is_read_again() => Logs.Sample(log =>
    {
        Assert.True(ChoiceLog.TryRead(log.ToBytes(), out var read, out var problem), problem);
        Same(log with { }, read!);
    }, iter: 500);

    [Fact]
    public void Printable_characters_hold_all_of_it()
    {
        var text = Log.ToPrintable();

        Assert.Matches("^[A-Za-z0-9._-]+$", text);
        Assert.True(ChoiceLog.TryReadPrintable(text, out var read, out _));
        Same(Log, read!);
        Assert.Equal(Log.Flaw, read!.Flaw);
        Assert.Equal((Log.Oracle, Log.What, Log.TraceHash), (read.Oracle, read.What, read.TraceHash));
        Assert.Equal(0, read.Script.WorkloadBytes);
    }

    [Fact]
    public void A_damaged_log_is_refused_wherever_the_damage_is()
    {
        var bytes = Log.ToBytes();
        for (var i = 5; i < bytes.Length; i++)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[i] ^= 0x10;
            Assert.False(ChoiceLog.TryRead(damaged, out _, out var problem));
            Assert.Equal("is a damaged choice log", problem);
            Assert.False(ChoiceLog.TryRead(bytes.AsSpan(0, i), out _, out _));
        }
    }

    [Fact]
    public void Anything_else_is_refused() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        Assert.False(ChoiceLog.TryRead(bytes, out _, out _));
        Assert.False(ChoiceLog.TryReadPrintable("chaos1." + Convert.ToBase64String(bytes), out _, out _));
    }, iter: 2000);

    [Fact]
    public void Another_version_is_named()
    {
        var bytes = Log.ToBytes();
        bytes[4] = 9;

        Assert.False(ChoiceLog.TryRead(bytes, out _, out var problem));
        Assert.Equal("is a choice log of version 9, this program reads versions 1 and 2", problem);
    }

    [Fact]
    public void A_tests_log_says_whose_it_is_and_is_of_a_version_that_older_programs_refuse()
    {
        var log = Log with { Test = "A.B.C", Machine = 2 };

        Assert.Equal((1, 2), (Log.ToBytes()[4], log.ToBytes()[4]));
        Assert.True(ChoiceLog.TryRead(log.ToBytes(), out var read, out var problem), problem);
        Assert.Equal(("A.B.C", 2), (read!.Test, read.Machine));
        Same(log, read);
        for (var length = 5; length < log.ToBytes().Length; length++)
            Assert.False(ChoiceLog.TryRead(log.ToBytes().AsSpan(0, length), out _, out _));
    }

    private static void Same(ChoiceLog expected, ChoiceLog read)
    {
        Assert.Equal((expected.PlanName, expected.PlanText, expected.Seed), (read.PlanName, read.PlanText, read.Seed));
        Assert.Equal(expected.Script.Firings, read.Script.Firings);
        Assert.Equal(expected.Script.Picks, read.Script.Picks);
    }

    private static List<SchedulePick> Picks(List<(int Gap, int Alternatives, int Index)> gaps)
    {
        var decision = 0L;
        return [.. gaps.Select(gap => new SchedulePick(decision += gap.Gap, gap.Alternatives, gap.Index))];
    }
}
