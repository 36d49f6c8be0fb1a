using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class ScalePlanReaderTests
{
    public static TheoryData<string> InTheBox => [.. ScalePlanSource.Names];

    [Theory]
    [MemberData(nameof(InTheBox))]
    public void A_plan_in_the_box_is_right_and_says_what_it_shows(string name)
    {
        Assert.True(ScalePlanSource.Load(name).TryGet(out var plan, out var mistake), mistake?.Sentence);

        Assert.Equal(name, plan.Name);
        Assert.NotEmpty(plan.Promise);
        Assert.NotEmpty(plan.Objectives);
    }

    [Fact]
    public void The_box_has_five_plans() => Assert.Equal(["bulk", "console", "echo", "exits", "idle"], ScalePlanSource.Names);

    [Fact]
    public void Everything_that_a_plan_says_is_read()
    {
        var (plan, errors) = ScalePlanReader.Read("x.scale.yaml", """
            name: x
            promise: Something holds.
            guest: lines
            vms: 12
            duration: 90s
            ramp: 5
            memory: 256MiB
            port: { backend: socket, console: true, policy: buffer=4k }
            traffic: { lineBytes: 100, bytesPerVm: 1M }
            objectives: { exitLatencyP99: 50ms, lost: 0, exitsPerSecond: 1000 }
            """);

        Assert.Empty(errors);
        Assert.Equal((ScaleGuest.Lines, ScaleBackend.Socket, 12, 5, 100), (plan!.Guest, plan.Backend, plan.Vms, plan.Ramp, plan.LineBytes));
        Assert.Equal((TimeSpan.FromSeconds(90), 256L << 20, 10485L), (plan.Duration, plan.MemoryBytes, plan.LinesPerVm));
        Assert.Equal((true, new PortPolicy(PortPolicyKind.Buffer, 4096)), (plan.IsConsole, plan.Policy));
        ScaleObjective[] objectives = [new(ScaleObjectiveKind.ExitLatencyP99, 50e6), new(ScaleObjectiveKind.Lost, 0), new(ScaleObjectiveKind.ExitsPerSecond, 1000)];
        Assert.Equal(objectives, plan.Objectives.ToArray());
    }

    [Theory]
    [InlineData("name: x\nguest: ecko\n", "x:2:8: 'guest' is one of echo, lines, exits and idle, not 'ecko', did you mean 'echo'?")]
    [InlineData("name: x\n", "x:1:1: a plan needs 'guest:', echo, lines, exits or idle")]
    [InlineData("guest: idle\n", "x:1:1: a plan needs 'name:'")]
    [InlineData("name: x\nguest: echo\nobjectives:\n  lostt: 0\n", "x:4:3: the list of objectives has no key 'lostt', did you mean 'lost'?")]
    [InlineData("name: x\nguest: echo\nport:\n  backend: stream\n", "x:4:12: a stream has no way back to the guest: echo takes socket")]
    [InlineData("name: x\nguest: lines\nport:\n  policy: maybe\n", "x:4:11: 'policy' is block, drop or buffer=N with up to 64m bytes, not 'maybe'")]
    [InlineData("name: x\nguest: echo\ntraffic:\n  lineBytes: 8\n", "x:4:14: 'lineBytes' is a whole number from 32 to 4096, not '8'")]
    [InlineData("name: x\nguest: echo\ntraffic:\n  linesPerSecond: fast\n", "x:4:19: 'linesPerSecond' is a number from 0.001 to 100000, or closedLoop, not 'fast'")]
    [InlineData("name: x\nguest: lines\ntraffic:\n  linesPerSecond: 5\n", "x:4:3: the traffic has no key 'linesPerSecond', the keys are lineBytes and bytesPerVm")]
    [InlineData("name: x\nguest: idle\nmemory: 1k\n", "x:3:9: 'memory' is from 128MiB to 64GiB, not '1k'")]
    public void A_mistake_is_told_with_its_place(string text, string sentence)
    {
        var (plan, errors) = ScalePlanReader.Read("x", text);

        Assert.Null(plan);
        Assert.Equal(sentence, Assert.Single(errors).ToString());
    }

    [Fact]
    public void A_plan_that_is_not_there_is_told_with_those_that_are()
    {
        Assert.False(ScalePlanSource.Load("ech").TryGet(out _, out var mistake));

        Assert.Equal("there is no workload plan 'ech', did you mean 'echo'? (in the box: bulk, console, echo, exits, idle)", mistake.Sentence);
    }
}
