using System.Collections.Immutable;
using Actors.Protocol;
using CsCheck;

namespace Actors.Simulation.Tests;

public sealed class PlanWritingTests
{
    private static readonly Gen<string> Sentence = Gen.OneOf(
        Gen.String[Gen.Char["abc .,:;'\"#&*!|>%@`{}[]?-\\é漢"], 1, 40].Select(text => $"S{text}e"),
        OneOf("yes", "null", "-", "1.5", "# no", "a: b", "*x", "'", "\"", "😀", "0x1F", "a\u200bb", "~"));

    private static readonly Gen<TimeSpan> Time = Gen.OneOf(
        Gen.Long[1, 86_400].Select(TimeSpan.FromSeconds),
        Gen.Long[10, TimeSpan.TicksPerDay].Select(TimeSpan.FromTicks));

    private static readonly Gen<FaultAmount> Amount = Gen.Select(Gen.Enum<FaultAmountKind>(), Time, Time, (kind, a, b) => new FaultAmount(
        kind, Math.Min(a.Ticks, b.Ticks), kind == FaultAmountKind.Uniform ? Math.Max(a.Ticks, b.Ticks) : 0));

    private static readonly Gen<double> Share = Gen.OneOf(Gen.Double[0.0001, 1], OneOf(1e-9, 0.5, 1.0));

    private static readonly Gen<PortPolicy> Policy = Gen.OneOf(
        OneOf(PortPolicy.Block, PortPolicy.Drop), Gen.Int[1, 64 << 20].Select(bytes => new PortPolicy(PortPolicyKind.Buffer, bytes)));

    private static readonly Gen<PlanDevice> Device =
        from vm in Gen.Int[-1, 0]
        from ports in Gen.Int[1, 16]
        from policy in Policy.Null()
        from backend in Gen.Enum<BackendKind>()
        from transport in Gen.Enum<VirtioTransportKind>()
        from doorbells in Gen.Int[0, 2]
        select new PlanDevice { Vm = vm, Ports = ports, Policy = policy, Backend = backend, Transport = transport, Ioeventfd = doorbells > 0, Asyncio = doorbells > 1 };

    private static readonly Gen<PlanTopology> Topology =
        from vms in Gen.Int[1, 64]
        from vcpus in Gen.Int[1, 16]
        from pages in Gen.Int[256, 1 << 20]
        from polling in Gen.Bool
        from latency in Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000], (a, b) => new PlanLatency(TimeSpan.FromTicks(a), TimeSpan.FromTicks(b))).Null()
        from devices in Device.Array[0, 3]
        select new PlanTopology { Vms = vms, Vcpus = vcpus, MemoryBytes = (ulong)pages * 4096, Polling = polling, Latency = latency, Devices = [.. devices] };

    private static readonly Gen<FaultRule> Fault =
        from kind in OneOf([.. FaultCatalog.All])
        from place in Gen.Int[0, 1000]
        from shares in Share.Array[3]
        from counts in Gen.Int[-1, 1000].Array[6]
        from window in Gen.Select(Time, Time, (a, b) => (From: a < b ? a : TimeSpan.Zero, Until: a < b ? b : TimeSpan.MaxValue))
        from number in Gen.Int[-1, 15].Array[5]
        from device in OneOf("0", "15", "0.3.0").Null()
        from heal in Amount.Nullable()
        from text in Sentence
        from given in Gen.Int[0, 255]
        select new FaultRule
        {
            Id = "later",
            Row = kind.Row,
            Site = kind.Sites[place % kind.Sites.Length],
            Do = kind.Do,
            Activation = shares[0],
            Probability = shares[1],
            Correlation = shares[2],
            Nth = counts[0],
            Interval = Math.Max(0, counts[1]),
            Times = Math.Max(0, counts[2]),
            Burst = Math.Max(1, counts[3]),
            Space = counts[4],
            From = window.From,
            Until = window.Until,
            Select = new FaultSelector(
                OrNull(Math.Min(0, number[0]), kind, FaultSelects.Vm),
                OrNull(Math.Min(0, number[1]), kind, FaultSelects.Vcpu),
                (kind.Selects & FaultSelects.Device) != 0 ? device : null,
                OrNull(number[2], kind, FaultSelects.Queue),
                OrNull(number[3], kind, FaultSelects.Port),
                OrNull(number[4], kind, FaultSelects.Vector)),
            WhenState = OrNull(counts[5]),
            NewState = OrNull(counts[4]),
            HealAfter = heal,
            Parameters = kind.Parameters.Where((_, i) => (given >> i & 1) != 0)
                .ToImmutableSortedDictionary(parameter => parameter.Name, parameter => parameter.Kind == FaultParameterKind.Text ? text : parameter.Default, StringComparer.Ordinal),
        };

    private static readonly Gen<Plan> Plans =
        from name in Sentence
        from texts in Sentence.Null().Array[3]
        from strategy in Gen.Enum<StrategyKind>()
        from topology in Topology
        from bytes in Gen.Long[0, 1 << 30]
        from chain in Gen.Int[1, 100].Nullable()
        from faults in Fault.Array[0, 4]
        from steps in Gen.Long[1, 1_000_000_000]
        from numbers in Gen.Int[1, 1000]
        from recoverable in Gen.Bool
        from times in Time.Array[5]
        from check in Gen.Shuffle(new[] { "I1", "I9", "L3", "I30" }, 0, 4)
        from points in Gen.Shuffle(new[] { "irq.merged", "dm.restarted-with-inflight" }, 0, 2)
        select new Plan
        {
            Name = name,
            Promise = texts[0] ?? string.Empty,
            Museum = texts[1],
            Naive = PlanVocabulary.Flaws.FirstOrDefault(),
            Strategy = strategy,
            Topology = faults.Any(fault => fault.Site is FaultSites.Node or FaultSites.Network or FaultSites.Decision) ? topology with { Nodes = 3 } : topology,
            Workload = chain is { } size ? new PlanWorkload { Bytes = bytes, Options = new PlanWorkload().Options.Add("chain", $"{size}") } : new PlanWorkload { Bytes = bytes },
            Faults = [.. faults.Select((fault, i) => fault with { Id = $"fault-{i}" })],
            Budget = new PlanBudget { MaxSteps = steps, MaxVirtual = times[0], ConcurrentFaults = numbers, Recoverable = recoverable },
            Liveness = new PlanLiveness { T1 = times[1], T2 = times[2], T3 = times[3], T4 = times[4] },
            Check = [.. check],
            Except = texts[0] is null ? [] : [new PlanExclusion("L1", texts[0]!)],
            Sometimes = [.. points],
        };

    [Fact]
    public void What_is_written_is_read_back() =>
        Plans.Sample(
            plan =>
            {
                var text = PlanFile.Write(plan);
                var reading = PlanFile.Parse("written", text);
                Assert.True(reading.Errors.IsEmpty, $"{string.Join('\n', reading.Errors)}\n{text}");
                Assert.Equivalent(plan, reading.Plan, strict: true);
                Assert.Equal(text, PlanFile.Write(reading.Plan!));
                Assert.Equal(plan.Hash, reading.Plan!.Hash);
            },
            iter: 300);

    [Fact]
    public void Defaults_are_left_out() => Assert.Equal("name: small\nworkload:\n  kind: console-write\n  bytes: 2KiB\n", PlanFile.Write(new Plan { Name = "small" }));

    [Fact]
    public void The_hash_is_the_same_in_every_process_and_changes_with_the_plan()
    {
        var plan = new Plan { Name = "small" };

        Assert.Equal(13_130_941_179_263_666_293UL, plan.Hash);
        Assert.NotEqual(plan.Hash, (plan with { Name = "smell" }).Hash);
        Assert.NotEqual(plan.Hash, (plan with { Budget = new PlanBudget { Recoverable = false } }).Hash);
    }

    [Fact]
    public void Broken_plans_are_refused_and_never_throw() =>
        Gen.Select(Plans, Gen.Int[0, int.MaxValue], Gen.Int[0, 40], Gen.String[Gen.Char["[]{}:,&*!|>'\"%@`#-? \n\tab1\u0000\ufeff"], 0, 8]).Sample(
            (plan, at, cut, put) =>
            {
                var text = PlanFile.Write(plan);
                var from = at % text.Length;
                var broken = text.Remove(from, Math.Min(cut, text.Length - from)).Insert(from, put);
                var reading = PlanFile.Parse("broken", broken);
                Assert.True(reading.Plan is null != reading.Errors.IsEmpty, broken);
                Assert.All(reading.Errors, error => Assert.DoesNotContain('\n', error.ToString()));
            },
            iter: 1000);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static int? OrNull(int number, FaultKind kind, FaultSelects what) => (kind.Selects & what) == 0 ? null : OrNull(number);

    private static int? OrNull(int number) => number < 0 ? null : number;
}
