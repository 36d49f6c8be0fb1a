using System.Collections.Immutable;
using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Says in sentences, in the order of virtual time, what made a run fail: its faults, its unusual turns, the violation, and what never happened.</summary>
public static class Explanation
{
    private const int MaxFaults = 5;
    private const int MaxTurns = 3;
    private const int MaxSentences = 12;
    private const int FewSentences = 4;

    /// <summary>What a person misses when it doesn't happen any more.</summary>
    private static readonly (PathHop Hop, string What)[] Milestones =
    [
        (PathHop.VcpuInterrupt, "interrupt reached a vCPU"),
        (PathHop.EndChains, "buffer came back to the guest"),
        (PathHop.BackendWrite, "byte went to a backend"),
        (PathHop.PostWork, "request was completed"),
        (PathHop.VmEntry, "vCPU went on after an exit"),
        (PathHop.NotifyTx, "doorbell was heard"),
    ];

    /// <summary>The sentences of a run with recorded trace.</summary>
    /// <param name="run">The run.</param>
    /// <param name="violation">What is to be explained; null: its first violation.</param>
    public static ImmutableArray<string> Of(RunResult run, Violation? violation = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Recording is not { } trace)
            throw new ArgumentException("The run's trace was not recorded.", nameof(run));
        violation ??= run.Violations.IsEmpty ? null : run.Violations[0];
        var events = new List<(int Sequence, string Sentence)>();
        var last = Faults(run, trace, events);
        Lives(trace, events);
        Turns(run, trace, events);
        if (run.HealedAt > TimeSpan.Zero && run.Firings.Length > 0)
            events.Add((HealSequence(trace), $"At {EventText.Time(run.HealedAt.Ticks)} all faults were over, and the schedule was fair from then on."));
        events.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));

        var sentences = ImmutableArray.CreateBuilder<string>();
        sentences.Add(Setting(run));
        sentences.AddRange(events.Take(MaxSentences - 3).Select(one => one.Sentence));
        if (Missing(trace, last) is { } missing)
            sentences.Add(missing);
        if (sentences.Count < FewSentences)
            sentences.AddRange(Latest(trace, violation?.Moment.Sequence ?? int.MaxValue, FewSentences - sentences.Count));
        sentences.Add(violation is null
            ? $"Nothing was violated; the run ended at {EventText.Time(run.Virtual.Ticks)}."
            : $"At {EventText.Time(violation.Moment.Ticks)} {violation.Oracle} was violated: {violation.What.TrimEnd('.')}.");
        return sentences.ToImmutable();
    }

    /// <summary>What a run without a firing is without.</summary>
    internal static string Without(RunResult run, FaultFiring firing) =>
        string.Create(CultureInfo.InvariantCulture, $"without fault '{RuleOf(run, firing.Rule)}' at visit {firing.Occurrence} it passes");

    /// <summary>What a run without a turn of the schedule is without.</summary>
    internal static string Without(SchedulePick pick) =>
        string.Create(CultureInfo.InvariantCulture, $"when the actor that is ready the longest goes on at decision {pick.Decision}, it passes");

    private static string Setting(RunResult run)
    {
        var topology = run.Request.Plan.Topology;
        var bytes = run.Request.Script?.WorkloadBytes ?? run.Request.Plan.Workload.Bytes;
        var turns = run.Picks.Length switch
        {
            0 => "first come, first served",
            1 => "first come, first served but for one turn",
            var count => string.Create(CultureInfo.InvariantCulture, $"first come, first served but for {count} turns"),
        };
        var nodes = topology.Nodes == 1 ? "" : $" on {topology.Nodes} nodes{(topology.Placement == VmPlacement.Split ? ", split," : "")}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Counted(topology.Vms, "VM")} with {Counted(topology.Vcpus, "vCPU")}{nodes} {(topology.Vms == 1 ? "runs" : "each run")} {run.Request.Plan.Workload.Kind} with {Counted(bytes, "byte")}; the schedule is {turns}.");
    }

    private static int Faults(RunResult run, TraceRecording trace, List<(int, string)> sentences)
    {
        var (told, last, hop) = (0, 0, (PathStep?)null);
        for (var i = 0; i < trace.Events.Length; i++)
        {
            var recorded = trace.Events[i];
            if (recorded.Event is PathStep step)
                hop = step;
            if (recorded.Event is not FaultEvent { Kind: FaultEventKind.Fired } fault)
                continue;
            last = i;
            if (++told > MaxFaults)
                continue;
            var rule = (uint)fault.Rule < (uint)run.Request.Plan.Faults.Length ? run.Request.Plan.Faults[fault.Rule] : null;
            var what = rule is null ? "a fault" : $"fault '{rule.Id}' ({rule.Row}, {rule.Do} at {rule.Site})";
            var hit = Hit(trace, i, fault);
            var after = hop is { } known ? $", after {known.Hop} of vm-{known.Vm.Value}" : string.Empty;
            sentences.Add((recorded.Moment.Sequence, $"At {EventText.Time(recorded.Moment.Ticks)} {what} struck{hit}{after}."));
        }

        if (told > MaxFaults)
            sentences.Add((trace.Events[last].Moment.Sequence, string.Create(CultureInfo.InvariantCulture, $"{told - MaxFaults} more faults struck until {EventText.Time(trace.Events[last].Moment.Ticks)}.")));
        return last;
    }

    /// <summary>What a firing hit: the message that it took away, or its target.</summary>
    private static string Hit(TraceRecording trace, int index, FaultEvent fault)
    {
        var step = trace.Events[index].Moment.Step;
        for (var i = index + 1; i < trace.Events.Length && i < index + 8 && trace.Events[i].Moment.Step == step; i++)
        {
            if (trace.Events[i].Event is SendEvent { IsDelivered: false } lost)
                return $" {EventText.MessageName(lost.Message)} from {EventText.Actor(trace, lost.From)} to {EventText.Actor(trace, lost.To)}";
        }

        return fault.Target >= 0 ? $" {EventText.Actor(trace, fault.Target)}" : string.Empty;
    }

    private static void Lives(TraceRecording trace, List<(int, string)> sentences)
    {
        foreach (var recorded in trace.Events)
        {
            if (recorded.Event is LifeStep life && sentences.Count < MaxSentences)
                sentences.Add((recorded.Moment.Sequence, $"At {EventText.Time(recorded.Moment.Ticks)} {EventText.Of(recorded, trace).TrimEnd('.')}."));
        }
    }

    private static void Turns(RunResult run, TraceRecording trace, List<(int, string)> sentences)
    {
        var told = 0;
        var next = 0;
        foreach (var recorded in trace.Events)
        {
            if (recorded.Event is not ReceiveEvent taken)
                continue;
            while (next < run.PickSteps.Length && run.PickSteps[next] < recorded.Moment.Step)
                next++;
            if (next >= run.PickSteps.Length || run.PickSteps[next] != recorded.Moment.Step)
                continue;
            var pick = run.Picks[next++];
            if (++told > MaxTurns)
                break;
            var cause = recorded.Moment.Cause;
            sentences.Add((recorded.Moment.Sequence, string.Create(
                CultureInfo.InvariantCulture,
                $"At {EventText.Time(recorded.Moment.Ticks)} {EventText.Actor(trace, taken.Actor)} took {EventText.MessageName(taken.Message)}{(cause == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" (event {cause})"))} before {pick.Index} of {pick.Alternatives - 1} others that had waited longer.")));
        }

        if (run.PickSteps.Length > MaxTurns)
            sentences.Add((int.MaxValue, string.Create(CultureInfo.InvariantCulture, $"{run.PickSteps.Length - MaxTurns} more turns were out of order.")));
    }

    private static int HealSequence(TraceRecording trace)
    {
        foreach (var recorded in trace.Events)
        {
            if (recorded.Event is WorldPhase.Liveness)
                return recorded.Moment.Sequence;
        }

        return int.MaxValue;
    }

    /// <summary>What happened before the last fault, and never after it.</summary>
    private static string? Missing(TraceRecording trace, int last)
    {
        if (last == 0)
            return null;
        var (before, after) = (new HashSet<PathHop>(), new HashSet<PathHop>());
        for (var i = 0; i < trace.Events.Length; i++)
        {
            if (trace.Events[i].Event is PathStep step)
                (i < last ? before : after).Add(step.Hop);
        }

        var missing = Milestones.Where(one => before.Contains(one.Hop) && !after.Contains(one.Hop)).Select(one => $"no {one.What}").Take(3).ToList();
        return missing.Count == 0 ? null : $"After the last fault {string.Join(", ", missing)}.";
    }

    /// <summary>How far the path had come before a violation: the last time of a few milestones, the newest ones last.</summary>
    private static IEnumerable<string> Latest(TraceRecording trace, int before, int count)
    {
        var latest = new Dictionary<PathHop, (Moment Moment, PathStep Step)>();
        foreach (var recorded in trace.Events)
        {
            if (recorded.Moment.Sequence > before)
                break;
            if (recorded.Event is PathStep step)
                latest[step.Hop] = (recorded.Moment, step);
        }

        return Milestones.Where(one => latest.ContainsKey(one.Hop))
            .OrderByDescending(one => latest[one.Hop].Moment.Sequence)
            .Take(count)
            .Reverse()
            .Select(one => string.Create(
                CultureInfo.InvariantCulture,
                $"Before the end, the last {one.What} at {EventText.Time(latest[one.Hop].Moment.Ticks)} (vm-{latest[one.Hop].Step.Vm.Value}, event {latest[one.Hop].Moment.Sequence})."));
    }

    private static string RuleOf(RunResult run, int rule) => (uint)rule < (uint)run.Request.Plan.Faults.Length ? run.Request.Plan.Faults[rule].Id : "?";

    private static string Counted(long count, string thing) => string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? "" : "s")}");
}
