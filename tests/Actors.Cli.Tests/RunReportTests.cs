using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class RunReportTests
{
    private static readonly PortReport Clean = new("x", 456, 456, 0, 10, 0, null);

    [Fact]
    public void Nothing_is_said_when_all_is_well() => Assert.Empty(Lines(VmEnd.PowerOff, null, Clean));

    [Theory]
    [InlineData("pty:x", null, "port 'x': 123 of 456 bytes dropped (buffer full)")]
    [InlineData("file:x=f", "drop", "port 'x': 123 of 456 bytes dropped (policy drop)")]
    [InlineData("file:x=f", null, "port 'x': 123 of 456 bytes dropped (not taken before the end or a reset)")]
    [InlineData("file:x=f", "buffer=1k", "port 'x': 123 of 456 bytes dropped (buffer full)")]
    public void Dropped_bytes_are_said_with_their_cause(string port, string? policy, string line) =>
        Assert.Equal([line], RunReport.Lines(Ended(VmEnd.PowerOff, null, Clean with { Written = 333, Dropped = 123 }), Spec(port, policy)));

    [Fact]
    public void A_backend_s_complaint_stands_beside_the_dropped_bytes() => Assert.Equal(
        ["port 'x': 123 of 456 bytes dropped (buffer full; no space left)"],
        Lines(VmEnd.PowerOff, null, Clean with { Written = 333, Dropped = 123, LastError = "no space left" }));

    [Fact]
    public void A_backend_s_complaint_is_said_even_if_nothing_was_lost() =>
        Assert.Equal(["port 'x': hung up once"], Lines(VmEnd.PowerOff, null, Clean with { LastError = "hung up once" }));

    [Fact]
    public void Bytes_that_reached_nobody_are_said() => Assert.Equal(
        ["port 'x': 56 of 456 bytes not written (the machine ended first)", "port 'x': 7 bytes of input not given to the guest (the machine ended first)"],
        Lines(VmEnd.Stopped, null, Clean with { Written = 400, InputDropped = 7 }));

    [Fact]
    public void A_bad_end_is_said_after_the_ports()
    {
        Assert.Equal(["the guest couldn't go on: page fault"], Lines(VmEnd.TripleFault, "page fault", Clean));
        Assert.Equal(["the machine failed: no detail"], Lines(VmEnd.Failed, null, Clean));
    }

    [Theory]
    [InlineData(VmEnd.PowerOff, null, 0)]
    [InlineData(VmEnd.PowerOff, 130, 0)]
    [InlineData(VmEnd.Stopped, 130, 130)]
    [InlineData(VmEnd.Stopped, 143, 143)]
    [InlineData(VmEnd.Stopped, null, 0)]
    [InlineData(VmEnd.TripleFault, null, 1)]
    [InlineData(VmEnd.Failed, null, 1)]
    [InlineData(VmEnd.Failed, 130, 1)]
    public void The_status_says_how_it_ended(VmEnd end, int? signalled, int status) => Assert.Equal(status, RunReport.Status(Ended(end, null), signalled));

    [Theory]
    [InlineData(VmEnd.PowerOff, null, 1)]
    [InlineData(VmEnd.Stopped, null, 1)]
    [InlineData(VmEnd.Stopped, 130, 130)]
    [InlineData(VmEnd.Failed, null, 1)]
    public void A_trace_that_its_output_didn_t_take_is_a_failure(VmEnd end, int? signalled, int status) =>
        Assert.Equal(status, RunReport.Status(Ended(end, null), signalled, hasLostTrace: true));

    [Fact]
    public void A_refusal_is_a_mistake_unless_a_signal_came_first()
    {
        Assert.Equal(2, RunReport.Status(new MachineResult.Refused("no"), null));
        Assert.Equal(130, RunReport.Status(new MachineResult.Refused("stopped"), 130));
    }

    private static IEnumerable<string> Lines(VmEnd end, string? detail, params PortReport[] ports) => RunReport.Lines(Ended(end, detail, ports), Spec("pty:x", null));

    private static MachineResult.Ended Ended(VmEnd end, string? detail, params PortReport[] ports) => new(end, detail, [.. ports]);

    private static VmSpec Spec(string port, string? policy)
    {
        var arguments = new RunArguments { Slots = ["3,virtio-console," + port], Policies = policy is null ? [] : [policy] };
        Assert.True(RunParser.Parse(arguments, _ => null).TryGet(out var spec, out _));
        return spec;
    }
}
