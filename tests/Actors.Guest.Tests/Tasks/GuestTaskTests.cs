using System.Diagnostics;
using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class GuestTaskTests
{
    [Fact]
    public void Nothing_runs_before_the_engine_runs()
    {
        var started = false;
        var engine = ScriptedProgram.Engine(_ =>
        {
            started = true;
            return GuestTask.CompletedTask;
        });

        Assert.False(started);
        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);
        Assert.True(started);
    }

    [Fact]
    public void Nested_calls_run_in_program_order()
    {
        var log = new List<string>();
        var engine = ScriptedProgram.Engine(Outer);

        Assert.Equal(IoAccess.In(1, 1), engine.Run().Access);
        log.Add("exit 1");
        engine.Complete(10, IoOutcome.Completed);
        Assert.Equal(IoAccess.In(2, 1), engine.Run().Access);
        log.Add("exit 2");
        engine.Complete(20, IoOutcome.Completed);
        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);

        Assert.Equal(["outer", "inner", "exit 1", "got 10", "exit 2", "got 20", "sum 30"], log);

        async GuestTask Outer(GuestCpu cpu)
        {
            log.Add("outer");
            var sum = await Inner(cpu);
            log.Add($"sum {sum}");
        }

        async GuestTask<ulong> Inner(GuestCpu cpu)
        {
            log.Add("inner");
            var first = await cpu.In(1, 1);
            log.Add($"got {first}");
            var second = await cpu.In(2, 1);
            log.Add($"got {second}");
            return first + second;
        }
    }

    [Fact]
    public void A_call_that_need_not_wait_gives_its_value_at_once()
    {
        string? seen = null;
        var engine = ScriptedProgram.Engine(async _ => seen = await Name() + await new GuestTask<string>("b"));

        Assert.Equal(EngineStopKind.Ended, engine.Run().Kind);

        Assert.Equal("ab", seen);

#pragma warning disable CS1998 // The point: async, and nothing to wait for.
        static async GuestTask<string> Name() => "a";
#pragma warning restore CS1998
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exception_goes_to_the_caller_that_awaits(bool afterWaiting)
    {
        var log = new List<string>();
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            try
            {
                await Fail(cpu);
            }
            catch (FormatException error)
            {
                log.Add(error.Message);
            }
            finally
            {
                log.Add("finally");
            }

            await cpu.Out(9, 1, 0);
        });

        if (afterWaiting)
        {
            Assert.Equal(IoAccess.In(1, 1), engine.Run().Access);
            engine.Complete(0, IoOutcome.Completed);
        }

        Assert.Equal(IoAccess.Out(9, 1, 0), engine.Run().Access);
        Assert.Equal(["bad", "finally"], log);

        async GuestTask<int> Fail(GuestCpu cpu)
        {
            if (afterWaiting)
                await cpu.In(1, 1);
            throw new FormatException("bad");
        }
    }

    [Fact]
    public void A_general_protection_fault_comes_out_of_the_await()
    {
        IoAccess? faulted = null;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            try
            {
                await cpu.Store(0xFEE0_0000, 4, 1);
            }
            catch (GeneralProtectionException error)
            {
                faulted = error.Access;
            }
        });

        engine.Run();
        engine.Complete(0, IoOutcome.GeneralProtection);
        var stop = engine.Run();

        Assert.Equal(EngineStopKind.Ended, stop.Kind);
        Assert.Null(stop.Fault);
        Assert.Equal(IoAccess.Store(0xFEE0_0000, 4, 1), faulted);
    }

    [Fact]
    public void Ten_thousand_accesses_allocate_nothing()
    {
        const int Count = 10_000;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            while (true)
            {
                await cpu.Out(0x3F8, 1, 'x');
                await cpu.Load(0xD000_0000, 4);
                await cpu.Pause();
            }
        });
        Turn(engine, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Turn(engine, Count);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Ten_thousand_interrupts_allocate_nothing()
    {
        const int Count = 10_000;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            while (true)
                await cpu.WaitForInterrupt();
        });
        engine.Run();
        Interrupts(100);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Interrupts(Count);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Interrupts(int count)
        {
            for (var i = 0; i < count; i++)
            {
                engine.Interrupt(0x30);
                engine.Run();
            }
        }
    }

    [Fact]
    public void A_call_that_need_not_wait_allocates_nothing()
    {
        const int Count = 10_000;
        long allocated = -1;
        ulong sum = 0;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            for (var round = 0; round < 2; round++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var i = 0; i < Count; i++)
                    sum += await Cached(cpu, true);
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            }
        });

        Assert.Null(engine.Run().Fault);

        Assert.Equal(2UL * Count, sum);
        Assert.Equal(0, allocated);

        static async GuestTask<ulong> Cached(GuestCpu cpu, bool known) => known ? 1 : await cpu.In(1, 1);
    }

    [Fact]
    public void A_million_accesses_do_not_grow_the_stack()
    {
        const int Count = 1_000_000;
        var depths = new List<int>();
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            for (var i = 0; i < Count; i++)
            {
                await Once(cpu);
                if (i % (Count / 4) == 0 || i == Count - 1)
                    depths.Add(new StackTrace().FrameCount);
            }
        });

        var exits = 0;
        while (engine.Run().Kind == EngineStopKind.Exit)
        {
            exits++;
            engine.Complete(0, IoOutcome.Completed);
        }

        Assert.Equal(Count, exits);
        Assert.InRange(depths.Max() - depths.Min(), 0, 8);

        static async GuestTask Once(GuestCpu cpu) => await cpu.Out(1, 1, 0);
    }

    [Fact]
    public void A_million_interrupts_taken_at_once_do_not_grow_the_stack()
    {
        const int Count = 1_000_000;
        ProgrammedEngine engine = null!;
        var depths = new List<int>();
        engine = ScriptedProgram.Engine(async cpu =>
        {
            for (var i = 0; i < Count; i++)
            {
                engine.Interrupt(0x40);
                await cpu.WaitForInterrupt();
                if (i % (Count / 4) == 0 || i == Count - 1)
                    depths.Add(new StackTrace().FrameCount);
            }
        });

        Assert.Null(engine.Run().Fault);

        Assert.InRange(depths.Max() - depths.Min(), 0, 8);
    }

    [Fact]
    public void A_deep_chain_of_callers_returns_without_growing_the_stack()
    {
        const int Depth = 200_000;
        var returned = 0;
        var engine = ScriptedProgram.Engine(async cpu => returned = await Down(cpu, Depth));

        EngineStop stop;
        while ((stop = engine.Run()).Kind == EngineStopKind.Exit)
            engine.Complete(0, IoOutcome.Completed);

        Assert.Null(stop.Fault);
        Assert.Equal(Depth, returned);

        // Waits before it calls itself: each level has returned to the engine when the next one begins.
        static async GuestTask<int> Down(GuestCpu cpu, int levels)
        {
            await cpu.Out(1, 1, 0);
            return levels == 0 ? 0 : 1 + await Down(cpu, levels - 1);
        }
    }

    [Fact]
    public void The_callers_scheduler_and_context_are_not_captured()
    {
        var scheduler = new RecordingScheduler();
        var context = new RecordingContext();
        var threads = new HashSet<int>();
        var contexts = new HashSet<SynchronizationContext?>();
        var schedulers = new HashSet<TaskScheduler>();
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            for (var i = 0; i < 100; i++)
            {
                await Nested(cpu);
                threads.Add(Environment.CurrentManagedThreadId);
                contexts.Add(SynchronizationContext.Current);
                schedulers.Add(TaskScheduler.Current);
            }
        });
        var run = new Task(() =>
        {
            var previous = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(context);
            try
            {
                while (engine.Run().Kind == EngineStopKind.Exit)
                    engine.Complete(0, IoOutcome.Completed);
            }
            finally
            {
                SynchronizationContext.SetSynchronizationContext(previous);
            }
        });

        run.RunSynchronously(scheduler);

        Assert.True(run.IsCompletedSuccessfully);
        Assert.Equal([Environment.CurrentManagedThreadId], threads);
        Assert.Equal([context], contexts);
        Assert.Equal([scheduler], schedulers);
        Assert.Equal(0, scheduler.Queued);
        Assert.Equal(0, context.Posted);

        static async GuestTask Nested(GuestCpu cpu) => await cpu.Out(1, 1, 0);
    }

    [Fact]
    public void Each_step_runs_where_the_engine_is_run_then()
    {
        var seen = new List<SynchronizationContext?>();
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            seen.Add(SynchronizationContext.Current);
            await cpu.Out(1, 1, 0);
            seen.Add(SynchronizationContext.Current);
        });
        var first = new RecordingContext();
        var second = new RecordingContext();
        var previous = SynchronizationContext.Current;
        try
        {
            SynchronizationContext.SetSynchronizationContext(first);
            engine.Run();
            SynchronizationContext.SetSynchronizationContext(second);
            engine.Complete(0, IoOutcome.Completed);
            engine.Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(previous);
        }

        Assert.Equal([first, second], seen);
        Assert.Equal(0, first.Posted);
    }

    [Fact]
    public void Waiting_for_anything_but_the_CPU_is_a_fault_and_starts_nothing()
    {
        var outside = new TaskCompletionSource();
        var resumed = false;
        var engine = ScriptedProgram.Engine(async _ =>
        {
            await outside.Task;
            resumed = true;
        });

        var stop = engine.Run();
        outside.SetResult();

        Assert.Equal(EngineStopKind.Ended, stop.Kind);
        Assert.Equal("NotSupportedException: A guest program can await only its CPU and its own guest tasks.", stop.Fault);
        Assert.False(resumed);
    }

    [Fact]
    public void A_method_of_another_kind_cannot_take_the_guest_elsewhere()
    {
        var engine = ScriptedProgram.Engine(async cpu => await Foreign(cpu));

        var stop = engine.Run();

        Assert.StartsWith("NotSupportedException", stop.Fault, StringComparison.Ordinal);

        static async Task Foreign(GuestCpu cpu) => await cpu.Out(1, 1, 0);
    }

    [Fact]
    public void Waiting_for_two_things_at_once_is_refused_and_the_program_can_go_on()
    {
        var refused = 0;
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            var first = Read(cpu);
            refused += await Refused(async () => await cpu.Out(2, 1, 0));
            refused += await Refused(async () => await cpu.WaitForInterrupt());
            refused += await Refused(async () => await cpu.Pause());
            await first;
            await cpu.Out(3, 1, 0);
        });

        Assert.Equal(IoAccess.In(1, 1), engine.Run().Access);
        Assert.Equal(3, refused);
        engine.Complete(0, IoOutcome.Completed);
        Assert.Equal(IoAccess.Out(3, 1, 0), engine.Run().Access);

        static async GuestTask<ulong> Read(GuestCpu cpu) => await cpu.In(1, 1);

        static async GuestTask<int> Refused(Func<GuestTask> access)
        {
            try
            {
                await access();
                return 0;
            }
            catch (InvalidOperationException)
            {
                return 1;
            }
        }
    }

    [Fact]
    public void Awaiting_one_task_twice_is_refused()
    {
        var engine = ScriptedProgram.Engine(async cpu =>
        {
            var read = Read(cpu);
            var waiter = Wait(read);
            await Wait(read);
            await waiter;
        });

        Assert.StartsWith("InvalidOperationException: A guest task was awaited twice", engine.Run().Fault, StringComparison.Ordinal);

        static async GuestTask Read(GuestCpu cpu) => await cpu.In(1, 1);

        static async GuestTask Wait(GuestTask task) => await task;
    }

    private static void Turn(ProgrammedEngine engine, int times)
    {
        for (var i = 0; i < times; i++)
        {
            if (engine.Run().Kind == EngineStopKind.Exit)
                engine.Complete(0, IoOutcome.Completed);
        }
    }

    private sealed class RecordingScheduler : TaskScheduler
    {
        public int Queued { get; private set; }

        protected override void QueueTask(Task task) => Queued++;

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => TryExecuteTask(task);

        protected override IEnumerable<Task>? GetScheduledTasks() => null;
    }

    private sealed class RecordingContext : SynchronizationContext
    {
        public int Posted { get; private set; }

        public override void Post(SendOrPostCallback d, object? state) => Posted++;

        public override void Send(SendOrPostCallback d, object? state) => Posted++;
    }
}
