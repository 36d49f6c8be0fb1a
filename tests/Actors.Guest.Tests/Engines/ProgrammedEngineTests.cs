using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class ProgrammedEngineTests
{
    public static TheoryData<Func<GuestCpu, IoAwaitable>, IoAccess> Accesses => new()
    {
        { cpu => cpu.In(0x3F8, 1), new IoAccess(IoRequestType.PortIo, IoDirection.Read, 1, 0x3F8, 0) },
        { cpu => cpu.In(0xFFFF, 4), new IoAccess(IoRequestType.PortIo, IoDirection.Read, 4, 0xFFFF, 0) },
        { cpu => cpu.Out(0xCF8, 4, 0x8000_1800), new IoAccess(IoRequestType.PortIo, IoDirection.Write, 4, 0xCF8, 0x8000_1800) },
        { cpu => cpu.Out(0x80, 1, 0x1234), new IoAccess(IoRequestType.PortIo, IoDirection.Write, 1, 0x80, 0x34) },
        { cpu => cpu.Load(ulong.MaxValue, 8), new IoAccess(IoRequestType.Mmio, IoDirection.Read, 8, ulong.MaxValue, 0) },
        { cpu => cpu.Store(0xC000_0000, 2, 0xABCDEF), new IoAccess(IoRequestType.Mmio, IoDirection.Write, 2, 0xC000_0000, 0xCDEF) },
        { cpu => cpu.Store(0xC000_0000, 8, ulong.MaxValue), new IoAccess(IoRequestType.Mmio, IoDirection.Write, 8, 0xC000_0000, ulong.MaxValue) },
    };

    [Theory]
    [MemberData(nameof(Accesses))]
    public void An_access_is_an_exit_and_its_value_comes_back(Func<GuestCpu, IoAwaitable> access, IoAccess expected)
    {
        ulong value = 0;
        var engine = ScriptedProgram.Engine(async cpu => value = await access(cpu));

        Assert.Equal(new EngineStop(EngineStopKind.Exit, expected), engine.Run());
        engine.Complete(0x5A, IoOutcome.Completed);
        Assert.Equal(new EngineStop(EngineStopKind.Ended), engine.Run());
        Assert.Equal(0x5AUL, value);
    }

    public static TheoryData<Func<GuestCpu, IoAwaitable>> IllegalAccesses =>
    [
        cpu => cpu.In(1, 0),
        cpu => cpu.In(1, 3),
        cpu => cpu.In(1, 8),
        cpu => cpu.In(1, -1),
        cpu => cpu.Out(1, 0, 0),
        cpu => cpu.Out(1, 8, 0),
        cpu => cpu.Load(1, 0),
        cpu => cpu.Load(1, 3),
        cpu => cpu.Load(1, 16),
        cpu => cpu.Load(1, 257),
        cpu => cpu.Store(1, 5, 0),
        cpu => cpu.Store(1, int.MinValue, 0),
    ];

    [Theory]
    [MemberData(nameof(IllegalAccesses))]
    public void An_access_of_an_illegal_size_is_the_programs_fault(Func<GuestCpu, IoAwaitable> access)
    {
        var engine = ScriptedProgram.Engine(async cpu => await access(cpu));

        var stop = engine.Run();

        Assert.Equal(EngineStopKind.Ended, stop.Kind);
        Assert.StartsWith("ArgumentOutOfRangeException", stop.Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nudge_wakes_a_guest_that_waits_for_one_and_no_other()
    {
        var woken = 0;
        var waiting = ScriptedProgram.Engine(async cpu =>
        {
            await cpu.WaitForNudge();
            woken++;
            await cpu.WaitForInterrupt();
            woken++;
        });

        Assert.Equal(EngineStopKind.Idle, waiting.Run().Kind);
        Assert.Equal(EngineStopKind.Idle, waiting.Run().Kind);
        Assert.Equal(0, woken);
        waiting.Nudge();
        Assert.Equal(EngineStopKind.Idle, waiting.Run().Kind);
        Assert.Equal(1, woken);
        waiting.Nudge();
        Assert.Equal(EngineStopKind.Idle, waiting.Run().Kind);
        Assert.Equal(1, woken);
        waiting.Interrupt(0x30);
        Assert.Equal(EngineStopKind.Ended, waiting.Run().Kind);
    }

    [Fact]
    public void An_interrupt_ends_a_wait_for_a_nudge_and_is_still_there_to_be_taken()
    {
        byte taken = 0;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            await cpu.WaitForNudge();
            cpu.TryTakeInterrupt(out taken);
        });
        engine.Run();

        engine.Interrupt(0x41);

        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);
        Assert.Equal(0x41, taken);
    }

    [Fact]
    public void While_an_access_is_outstanding_the_engine_says_so_again()
    {
        var engine = ScriptedProgram.Engine(async cpu => await cpu.In(7, 1));

        var first = engine.Run();
        engine.Interrupt(0x30);

        Assert.Equal(first, engine.Run());
    }

    [Fact]
    public void Completing_what_is_not_outstanding_is_refused()
    {
        var engine = ScriptedProgram.Engine(async cpu => await cpu.In(7, 1));

        Assert.Throws<InvalidOperationException>(() => engine.Complete(0, IoOutcome.Completed));
        engine.Run();
        engine.Complete(0, IoOutcome.Completed);
        Assert.Throws<InvalidOperationException>(() => engine.Complete(0, IoOutcome.Completed));
        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);
    }

    [Fact]
    public void A_pause_ends_the_time_slice_and_the_next_run_goes_on()
    {
        var rounds = 0;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            for (; rounds < 3; rounds++)
                Assert.Equal(0UL, await cpu.Pause());
        });

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(EngineStopKind.TimeSlice, engine.Run().Kind);
            Assert.Equal(i, rounds);
        }

        Assert.Equal(new EngineStop(EngineStopKind.Ended), engine.Run());
    }

    [Fact]
    public void A_caught_fault_does_not_reach_what_comes_after_it()
    {
        ulong paused = 1;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            try
            {
                await cpu.In(1, 1);
            }
            catch (GeneralProtectionException)
            {
                paused = await cpu.Pause();
            }
        });

        engine.Run();
        engine.Complete(0x55, IoOutcome.GeneralProtection);

        Assert.Equal(EngineStopKind.TimeSlice, engine.Run().Kind);
        Assert.Equal(new EngineStop(EngineStopKind.Ended), engine.Run());
        Assert.Equal(0UL, paused);
    }

    [Fact]
    public void An_engine_that_waits_for_an_interrupt_is_idle_until_one_comes()
    {
        byte taken = 0;
        var engine = ScriptedProgram.Engine(async cpu => taken = await cpu.WaitForInterrupt());

        Assert.Equal(EngineStopKind.Idle, engine.Run().Kind);
        Assert.Equal(EngineStopKind.Idle, engine.Run().Kind);
        engine.Interrupt(0x41);
        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);
        Assert.Equal(0x41, taken);
    }

    [Fact]
    public void Interrupts_that_came_during_an_access_are_taken_highest_first_and_once()
    {
        var taken = new List<byte>();
        var more = true;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            await cpu.In(1, 1);
            taken.Add(await cpu.WaitForInterrupt());
            while (cpu.TryTakeInterrupt(out var vector))
                taken.Add(vector);
            more = cpu.TryTakeInterrupt(out _);
        });
        engine.Run();
        foreach (byte vector in new byte[] { 0x20, 0xFF, 0x3F, 0x40, 0x00, 0x80, 0x7F, 0xBF, 0xC0, 0x20 })
            engine.Interrupt(vector);

        engine.Complete(0, IoOutcome.Completed);

        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);
        Assert.Equal([0xFF, 0xC0, 0xBF, 0x80, 0x7F, 0x40, 0x3F, 0x20, 0x00], taken);
        Assert.False(more);
    }

    [Fact]
    public void All_256_vectors_can_be_pending()
    {
        var taken = new List<byte>();
        var engine = ScriptedProgram.Engine(cpu =>
        {
            while (cpu.TryTakeInterrupt(out var vector))
                taken.Add(vector);
            return GuestTask.CompletedTask;
        });
        for (var repeat = 0; repeat < 3; repeat++)
        {
            for (var vector = 0; vector < 256; vector++)
                engine.Interrupt((byte)vector);
        }

        engine.Run();

        Assert.Equal(Enumerable.Range(0, 256).Reverse().Select(v => (byte)v), taken);
    }

    [Fact]
    public void A_programs_exception_ends_its_engine_with_one_short_line()
    {
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            await cpu.Out(1, 1, 0);
            throw new InvalidOperationException("first\nsecond\r\n" + new string('x', 500));
        });

        engine.Run();
        engine.Complete(0, IoOutcome.Completed);
        var stop = engine.Run();

        Assert.Equal(EngineStopKind.Ended, stop.Kind);
        Assert.StartsWith("InvalidOperationException: first second x", stop.Fault, StringComparison.Ordinal);
        Assert.Equal(FaultText.MaxLength, stop.Fault!.Length);
        Assert.Equal(stop, engine.Run());
    }

    [Fact]
    public void An_uncaught_general_protection_fault_ends_the_engine()
    {
        var engine = ScriptedProgram.Engine(async cpu => await cpu.Out(0xCF9, 1, 0));

        engine.Run();
        engine.Complete(0, IoOutcome.GeneralProtection);

        Assert.Equal("GeneralProtectionException: #GP on pio write8 0xcf9 = 0x0", engine.Run().Fault);
    }

    [Fact]
    public void A_program_that_fails_before_it_is_async_ends_its_engine()
    {
        var engine = ScriptedProgram.Engine(_ => throw new FormatException("no"));

        Assert.Equal("FormatException: no", engine.Run().Fault);
    }

    [Fact]
    public void After_the_end_interrupts_change_nothing()
    {
        var engine = ScriptedProgram.Engine(_ => GuestTask.CompletedTask);
        engine.Run();

        engine.Interrupt(0x20);

        Assert.Equal(new EngineStop(EngineStopKind.Ended), engine.Run());
    }

    [Fact]
    public void A_program_sees_its_machine()
    {
        GuestCpu? seen = null;
        var engine = ScriptedProgram.Engine(
            cpu =>
            {
                seen = cpu;
                cpu.Memory.TryWriteUInt32(0, 1);
                return GuestTask.CompletedTask;
            },
            index: 2,
            startupVector: 0x9A);

        engine.Run();

        Assert.Equal((2, 4, (byte)0x9A, ScriptedProgram.MemoryBytes), (seen!.Index, seen.VcpuCount, seen.StartupVector, seen.MemoryBytes));
        Assert.True(seen.Memory.TryReadUInt32(0, out var value));
        Assert.Equal(1u, value);
    }
}
