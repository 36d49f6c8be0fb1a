using System.Collections.Immutable;

namespace Actors.Simulation.Tests;

/// <summary>Every workload in every form comes to its end when nothing goes wrong, and moves what it says.</summary>
public sealed class WorkloadTests
{
    private static readonly PlanTopology One = new();
    private static readonly PlanTopology Two = new() { Vcpus = 2, Devices = [new PlanDevice { Ports = 2 }] };

    [Theory]
    [InlineData("console-write", "")]
    [InlineData("console-write", "framing=random")]
    [InlineData("console-write", "framing=oneByte")]
    [InlineData("console-write", "framing=multi indirect=off")]
    [InlineData("console-write", "framing=multi")]
    [InlineData("console-write", "interface=legacy eventIndex=off")]
    [InlineData("console-write", "interrupts=line")]
    [InlineData("console-write", "interrupts=perQueue queue=8")]
    [InlineData("duplex", "framing=random")]
    [InlineData("console-echo", "")]
    [InlineData("smp-copy", "")]
    [InlineData("multi-port", "")]
    [InlineData("bursts", "peer=late")]
    [InlineData("bursts", "peer=comesAndGoes")]
    [InlineData("raw-console", "act=queueReset times=0")]
    [InlineData("raw-console", "act=resizeLive")]
    [InlineData("raw-console", "act=kickEarly")]
    [InlineData("raw-console", "act=mask")]
    [InlineData("toctou", "")]
    [InlineData("range-race", "")]
    [InlineData("recovering", "framing=random")]
    public void Every_byte_of_the_guests_arrives(string kind, string options)
    {
        const long Bytes = 600;
        var plan = PlanOf(kind, options, Bytes);
        var ports = kind == "multi-port" ? 2 : 1;

        var (result, counts) = Run(plan);

        Assert.True(result.Verdict == RunVerdict.Passed, Said(result));
        Assert.Equal(Bytes * ports, counts.Accepted);
    }

    [Theory]
    [InlineData("console-input", "")]
    [InlineData("input-flood", "")]
    [InlineData("duplex", "")]
    [InlineData("console-echo", "feed=7 bufferSize=5")]
    public void Every_byte_of_the_outside_is_taken(string kind, string options)
    {
        const long Bytes = 600;

        var (result, counts) = Run(PlanOf(kind, options, Bytes));

        Assert.True(result.Verdict == RunVerdict.Passed, Said(result));
        Assert.Equal(Bytes, counts.Fed);
        Assert.Equal(Bytes, counts.Given);
    }

    [Theory]
    [InlineData("shell", "reboot=on")]
    [InlineData("idle", "")]
    [InlineData("reset-loop", "what=device")]
    [InlineData("reset-loop", "what=machine")]
    [InlineData("raw-console", "act=queueReset")]
    [InlineData("raw-console", "act=renegotiate")]
    [InlineData("raw-exits", "")]
    [InlineData("toctou", "rewrite=hostile")]
    [InlineData("hostile", "attack=on")]
    [InlineData("hostile", "attack=storm")]
    [InlineData("hostile", "attack=off")]
    public void Every_workload_comes_to_its_end(string kind, string options)
    {
        var (result, _) = Run(PlanOf(kind, options, 200));

        Assert.True(result.Verdict == RunVerdict.Passed, Said(result));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(1, 4)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void A_race_for_rings_ends_with_any_number_of_machines_and_processors(int vms, int vcpus)
    {
        var plan = PlanOf("toctou", "rewrite=hostile", 600);
        plan = plan with { Topology = plan.Topology with { Vms = vms, Vcpus = vcpus } };
        using var host = new SimHost();

        for (var seed = 1UL; seed <= 8; seed++)
        {
            var request = new RunRequest(plan, seed);
            var result = host.Run(request);
            Assert.True(result.Verdict == RunVerdict.Passed, $"{seed}: {Said(result)}");
            Assert.Null(DifferentialCheck.Judge(host, request)?.What);
        }
    }

    [Fact]
    public void Each_workload_is_tried_here()
    {
        var tried = GetType().GetMethods()
            .SelectMany(method => method.GetCustomAttributes(typeof(InlineDataAttribute), false))
            .Select(data => ((InlineDataAttribute)data).GetData(null!).First()[0])
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);

        Assert.All(WorkloadCatalog.All, workload => Assert.Contains(workload.Kind, tried));
    }

    [Theory]
    [InlineData("console-write", "framing=some", "Workload option 'framing' is fixed, random, oneByte, multi, not 'some'.")]
    [InlineData("console-write", "chain=0", "Workload option 'chain' is 1 to 65536, not '0'.")]
    [InlineData("bursts", "pause=ten", "Workload option 'pause' is a time such as 500us, 10ms or 2s, not 'ten'.")]
    public void A_wrong_option_is_answered_by_a_sentence(string kind, string options, string sentence) =>
        Assert.Equal(sentence, WorkloadCatalog.Find(kind)!.Validate(PlanOf(kind, options, 1)));

    [Fact]
    public void A_workload_says_what_its_topology_misses() =>
        Assert.Equal(
            "Workload 'toctou' needs two processors: give the topology vcpus: 2.",
            WorkloadCatalog.Find("toctou")!.Validate(PlanOf("toctou", "", 1) with { Topology = One }));

    [Fact]
    public void A_byte_that_is_lost_doubled_or_moved_is_told_from_the_right_one()
    {
        var stream = BytePattern.OutputOf(1, 0, 0);
        var bytes = new byte[100];
        BytePattern.Fill(bytes, stream, 1001);

        Assert.True(BytePattern.Matches(bytes, stream, 1001));
        Assert.False(BytePattern.Matches(bytes, stream, 1002));
        Assert.False(BytePattern.Matches(bytes, stream, 1001 - 4));
        Assert.False(BytePattern.Matches(bytes, BytePattern.InputOf(1, 0, 0), 1001));
    }

    private static Plan PlanOf(string kind, string options, long bytes) => new()
    {
        Name = kind,
        Topology = kind is "console-input" or "input-flood" or "console-write" ? One : kind == "hostile" ? Two with { Vms = 2 } : Two,
        Workload = new PlanWorkload
        {
            Kind = kind,
            Bytes = bytes,
            Options = options.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToImmutableSortedDictionary(
                option => option.Split('=')[0], option => option.Split('=')[1], StringComparer.Ordinal),
        },
    };

    private static (RunResult Result, Counts Counts) Run(Plan plan)
    {
        using var host = new SimHost();
        var counts = new Counts();
        return (host.Run(new RunRequest(plan, 7) { Observers = [counts] }), counts);
    }

    private static string Said(RunResult result) =>
        $"{result.Verdict} {result.Note} {string.Join("; ", result.Violations.Select(violation => $"{violation.Oracle}: {violation.What}"))}";

    private sealed class Counts : WorldObserver
    {
        public long Accepted { get; private set; }

        public long Given { get; private set; }

        public long Fed { get; private set; }

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            switch (happened.Kind)
            {
                case BackendEventKind.Accepted:
                    Accepted += happened.Count;
                    break;
                case BackendEventKind.Given:
                    Given += happened.Count;
                    break;
                case BackendEventKind.Fed:
                    Fed += happened.Count;
                    break;
            }
        }
    }
}
