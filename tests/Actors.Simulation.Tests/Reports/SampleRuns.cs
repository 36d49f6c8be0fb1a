using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>
/// Runs for pages: a real one that passes, and what it would be if an interrupt were lost, a doorbell late, an upcall doubled and the device crashed. So the pages are tested whatever the
/// product's defects of the day are.
/// </summary>
internal static class SampleRuns
{
    public const string Hostile = "</script><script>alert('x')</script>&<b>\"";

    public static readonly Plan Plan = new()
    {
        Name = "console-under-lost-interrupts",
        Promise = "Every byte that a guest sends arrives once, whatever happens to interrupts and doorbells.",
        Strategy = StrategyKind.Random,
        Workload = new PlanWorkload { Bytes = 4096 },
        Faults =
        [
            new FaultRule { Id = "lost-irq", Row = "F01", Site = "irq.raise", Do = "drop", Probability = 0.1, Until = TimeSpan.FromSeconds(2) },
            new FaultRule { Id = "late-kick", Row = "F09", Site = "hsm.doorbell", Do = "delay", Probability = 0.1 },
            new FaultRule { Id = "twice", Row = "F14", Site = "hsm.upcall", Do = "duplicate", Probability = 0.1 },
            new FaultRule { Id = "crash", Row = "F35", Site = "dm.after-used-idx", Do = "crash", Nth = 3 },
        ],
        Except = [new PlanExclusion("L1", "A lost interrupt is never repeated here.")],
        Check = ["I1", "I14", "L3"],
        Sometimes = ["dm.restarted-with-inflight", "irq.merged"],
    };

    /// <summary>A run that passes.</summary>
    public static RunResult Passing()
    {
        using var host = new SimHost();
        return host.Run(new RunRequest(Plan with { Faults = [] }, 3) { RecordsTrace = true }) with { Request = new RunRequest(Plan, 3) };
    }

    /// <summary>What the page about a failure gets.</summary>
    public static FailureReportInput Failure(string what = "queue 1 of vm-0 has a used buffer since 1.2 ms that its driver never heard of")
    {
        var passing = Passing();
        var events = Broken(passing.Recording!, out var end);
        var violation = new Violation("I14", what, end with { Cause = LastCause(events) });
        var failing = passing with
        {
            Verdict = RunVerdict.Failed,
            Violations = [violation],
            Firings = [new FaultFiring(0, 3, 0, 0), new FaultFiring(1, 2, 12_000, 0), new FaultFiring(2, 1, 0, 0), new FaultFiring(3, 3, 0, 0)],
            Faults = [new FaultCount("lost-irq", "F01", 1, 1, 0), new FaultCount("late-kick", "F09", 1, 1, 1), new FaultCount("twice", "F14", 1, 1, 1), new FaultCount("crash", "F35", 1, 1, 1)],
            Recording = passing.Recording! with { Events = events },
            HealedAt = TimeSpan.FromTicks(end.Ticks),
        };
        return new FailureReportInput
        {
            Run = failing,
            Violation = violation,
            ReplayCommand = "actors chaos replay reports/console-under-lost-interrupts-3-I14.choices.bin",
            OracleStatement = "A driver that waits for a used buffer gets an interrupt for it.",
            Neighbour = passing,
            Difference = "without fault 'lost-irq' at visit 3 it passes",
            OriginalDepth = 412,
            Candidates = 1380,
            Sentences =
            [
                "1 VM with 1 vCPU runs console-write with 4096 bytes; the schedule is first come, first served.",
                "At 0.9 ms fault 'lost-irq' (F01, drop at irq.raise) struck InjectMsi from pci-0.3.0 to hsm/vm-0.",
                "At 1.1 ms device-model/vm-0/pci-0.3.0 crashed, and was restarted.",
                "After the last fault no interrupt reached a vCPU.",
            ],
            Version = "1.0.0+test",
        };
    }

    /// <summary>The events numbered from 1 on, as a trace numbers them.</summary>
    private static ImmutableArray<RecordedEvent> Renumbered(IReadOnlyList<RecordedEvent> events)
    {
        var numbers = new Dictionary<int, int>();
        var result = ImmutableArray.CreateBuilder<RecordedEvent>(events.Count);
        for (var i = 0; i < events.Count; i++)
        {
            var moment = events[i].Moment;
            result.Add(events[i] with { Moment = moment with { Sequence = i + 1, Cause = numbers.GetValueOrDefault(moment.Cause) } });
            if (events[i].Event is SendEvent or ReceiveEvent)
                numbers[moment.Sequence] = i + 1;
        }

        return result.MoveToImmutable();
    }

    private static int LastCause(ImmutableArray<RecordedEvent> events)
    {
        for (var i = events.Length - 1; i >= 0; i--)
        {
            if (events[i].Event is ReceiveEvent)
                return events[i].Moment.Sequence;
        }

        return 0;
    }

    /// <summary>The events with what faults would have changed; cut off where the run would have ended.</summary>
    private static ImmutableArray<RecordedEvent> Broken(TraceRecording trace, out Moment end)
    {
        var all = trace.Events;
        var sends = Enumerable.Range(0, all.Length).Where(i => all[i].Event is SendEvent).ToList();
        var upcall = Nth(LinkSite.HsmUpcall, 130);
        var kick = Nth(LinkSite.HsmDoorbell, 2);
        var interrupt = Nth(LinkSite.IrqRaise, 2);
        var broken = ImmutableArray.CreateBuilder<RecordedEvent>();
        var lost = new HashSet<int>();
        var late = 0;
        for (var i = 0; i < all.Length; i++)
        {
            var recorded = all[i];
            if (recorded.Event is ReceiveEvent && lost.Contains(recorded.Moment.Cause))
                continue;
            if (i == upcall || i == kick || i == interrupt)
            {
                var send = (SendEvent)recorded.Event;
                var rule = i == upcall ? 2 : i == kick ? 1 : 0;
                broken.Add(new RecordedEvent(recorded.Moment, new FaultEvent(rule, FaultEventKind.Fired, 3, send.To, 0), []));
                broken.Add(new RecordedEvent(recorded.Moment, new FaultEvent(rule, FaultEventKind.Effective, 3, send.To, 0), []));
                broken.Add(recorded with { Event = send with { IsDelivered = i == upcall } });
                if (i == interrupt)
                    lost.Add(recorded.Moment.Sequence);
                else if (i == kick)
                    late = recorded.Moment.Sequence;
                continue;
            }

            if (recorded.Event is ReceiveEvent taken && late != 0 && recorded.Moment.Cause == late)
            {
                broken.Add(recorded with { Event = Late(kick), Moment = recorded.Moment with { Sequence = 1_000_000, Cause = 0, Actor = -1 } });
                recorded = recorded with { Moment = recorded.Moment with { Cause = 1_000_000 } };
                late = 0;
            }

            broken.Add(recorded);
            if (recorded.Event is ReceiveEvent first && recorded.Moment.Cause == all[upcall].Moment.Sequence)
            {
                var again = recorded.Moment with { Sequence = 2_000_000 };
                broken.Add(new RecordedEvent(recorded.Moment with { Sequence = 1_000_001, Cause = 0, Actor = -1 }, Late(upcall), []));
                broken.Add(new RecordedEvent(again with { Cause = 1_000_001 }, first, []));
            }

            if (i > Math.Max(interrupt, kick) + 700 && recorded.Event is ReceiveEvent)
                break;
        }

        var last = broken[^1].Moment;
        var device = trace.Actors.First(name => name.Contains("pci-", StringComparison.Ordinal));
        broken.Add(new RecordedEvent(last, new FaultEvent(3, FaultEventKind.Fired, 3, -1, 0), []));
        broken.Add(new RecordedEvent(last, new LifeStep(new VmId(0), device, LifeChange.Crashed, 0, "crash at dm.after-used-idx"), []));
        broken.Add(new RecordedEvent(last with { Ticks = last.Ticks + 500 }, new LifeStep(new VmId(0), device, LifeChange.Restarted, 1), []));
        broken.Add(new RecordedEvent(last with { Ticks = last.Ticks + 1000, Cause = 0, Actor = -1 }, WorldPhase.Liveness, []));
        var renumbered = Renumbered(broken);
        end = renumbered[^1].Moment with { Ticks = last.Ticks + 1500 };
        return renumbered;

        int Nth(LinkSite site, int count)
        {
            var found = sends.Where(i => ((SendEvent)all[i].Event).Site == site).ToList();
            return found[Math.Min(count, found.Count - 1)];
        }

        SendEvent Late(int index) => (SendEvent)all[index].Event with { IsDelivered = true, IsLate = true };
    }
}
