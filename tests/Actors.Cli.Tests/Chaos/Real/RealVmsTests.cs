using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli.Tests;

/// <summary>The book of a run on real processes: each oracle that judges by it must be able to complain.</summary>
public sealed class RealVmsTests
{
    private static readonly VmId Vm = new(0);

    private readonly RealVms _vms;
    private TimeSpan _now = TimeSpan.FromSeconds(1);

    public RealVmsTests()
    {
        var plan = PlanFile.Parse("x.chaos.yaml", "name: x\ntopology: { nodes: 3 }\nworkload: { kind: console-write }\n").Plan!;
        _vms = new RealVms(plan, () => _now);
    }

    [Fact]
    public void Two_incarnations_each_from_the_beginning_are_fine()
    {
        Up(10, "a");
        Write(10, Lines(0, 3));
        Up(20, "b");
        _now = TimeSpan.FromSeconds(8);
        Write(20, Lines(0, 5));
        Down(20, 5 * RealVms.LineBytes);
        Assert.Empty(_vms.Violations);
        Assert.Equal("vm.taken-over", Assert.Single(_vms.Reached));
        Assert.Equal((TimeSpan.FromSeconds(7), 2L, 8L * RealVms.LineBytes), (_vms.LongestRecovery, _vms.Incarnations, _vms.Bytes));
    }

    [Fact]
    public void An_incarnation_that_goes_on_where_the_last_one_stopped_is_fine()
    {
        Write(10, Lines(0, 3));
        Write(20, Lines(3, 2));
        Assert.Empty(_vms.Violations);
    }

    [Fact]
    public void A_line_that_is_missing_violates_I1()
    {
        Write(10, Lines(0, 3));
        Write(10, Lines(4, 2));
        Assert.Equal("I1", Assert.Single(_vms.Violations).Oracle);
    }

    [Fact]
    public void A_line_that_comes_again_violates_I1()
    {
        Write(10, Lines(0, 3));
        Write(10, Lines(2, 3));
        Assert.Equal("I1", Assert.Single(_vms.Violations).Oracle);
    }

    [Fact]
    public void An_incarnation_that_begins_within_its_lines_violates_I1()
    {
        Write(10, Lines(0, 3));
        Write(20, Lines(7, 3));
        Assert.Equal("I1", Assert.Single(_vms.Violations).Oracle);
    }

    [Fact]
    public void Bytes_of_a_writer_that_has_been_replaced_violate_I24_and_I20()
    {
        Write(20, Lines(0, 1));
        Stream.Take(new FencingToken(10), Lines(1, 1));
        Assert.Equal(["I24", "I20"], _vms.Violations.Select(one => one.Oracle));
    }

    [Fact]
    public void A_greeting_of_a_writer_that_has_been_replaced_is_one_that_a_store_may_not_let_in()
    {
        Write(20, Lines(0, 1));
        Stream.Claim(new FencingToken(10), isTakeover: false);
        Assert.Contains(_vms.Violations, one => one.Oracle == "I24");
    }

    [Fact]
    public void A_flipped_bit_violates_I1()
    {
        var bytes = Lines(0, 40);
        bytes[1500] ^= 1;
        Write(10, bytes);
        Assert.Contains("byte 1500 ", Assert.Single(_vms.Violations).What, StringComparison.Ordinal);
    }

    [Fact]
    public void One_token_on_two_nodes_violates_I20()
    {
        Up(10, "a");
        Up(10, "a");
        Assert.Empty(_vms.Violations);
        Up(10, "b");
        Assert.Equal("I20", Assert.Single(_vms.Violations).Oracle);
    }

    [Fact]
    public void Bytes_that_were_written_and_are_not_here_violate_L4()
    {
        Write(10, Lines(0, 3));
        Down(10, 4 * RealVms.LineBytes);
        Assert.Contains(_vms.Violations, one => one.Oracle == "L4");
    }

    [Fact]
    public void Where_nobody_says_a_token_who_comes_later_is_the_later_owner()
    {
        _vms.TakeFrom(Vm, process: 70, Lines(0, 3), isLate: false);
        _vms.TakeFrom(Vm, process: 70, Lines(3, 1), isLate: false);
        _vms.TakeFrom(Vm, process: 50, Lines(0, 2), isLate: false);
        Assert.Empty(_vms.Violations);
        Assert.Equal(2, _vms.Incarnations);
        _vms.TakeFrom(Vm, process: 70, Lines(4, 1), isLate: false);
        Assert.Equal(["I24", "I20"], _vms.Violations.Select(one => one.Oracle).Take(2));
    }

    [Fact]
    public void What_was_written_long_ago_is_judged_and_no_sign_of_life()
    {
        _vms.TakeFrom(Vm, process: 70, Lines(0, 1), isLate: false);
        _now = TimeSpan.FromSeconds(5);
        _vms.TakeFrom(Vm, process: 70, Lines(1, 1), isLate: true);
        Assert.Equal(TimeSpan.FromSeconds(1), _vms.LastByteOf(Vm.Value));
        Assert.Empty(_vms.Violations);
        _vms.TakeFrom(Vm, process: 70, Lines(7, 1), isLate: true);
        Assert.Equal("I1", Assert.Single(_vms.Violations).Oracle);
    }

    private static byte[] Lines(int first, int count)
    {
        var bytes = new byte[count * RealVms.LineBytes];
        for (var i = 0; i < count; i++)
            NumberedLine.Write(bytes.AsSpan(i * RealVms.LineBytes, RealVms.LineBytes), RealPlan.KeyOf(Vm), first + i);
        return bytes;
    }

    private IStreamTap Stream => _vms.StreamOf(Vm)!;

    private void Up(ulong token, string node) => _vms.TakeUp(new ClusterHop.VmUp(Vm, new FencingToken(token), node, node, null, []), node[0] - 'a');

    private void Write(ulong token, byte[] bytes)
    {
        Stream.Claim(new FencingToken(token), isTakeover: false);
        Stream.Take(new FencingToken(token), bytes);
    }

    private void Down(ulong token, long written)
    {
        _vms.TakeDown(new ClusterHop.VmDown(Vm, new FencingToken(token), VmEnd.Stopped, null, [new PortReport("data", written, written, 0, 0, 0, null)]));
        _vms.Finish();
    }
}
