using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class FleetTests
{
    private const long Second = 1_000_000_000;

    private readonly List<(VmId Vm, int Tries)> _asked = [];

    [Fact]
    public void A_ramp_asks_for_so_many_VMs_each_second()
    {
        var fleet = new Fleet(100, 10);

        Start(fleet, 0);
        Assert.Equal([(new VmId(1), 0)], _asked);
        Start(fleet, Second);

        Assert.Equal(11, _asked.Count);
    }

    [Fact]
    public void Without_a_ramp_only_so_many_are_starting_at_a_time()
    {
        var fleet = new Fleet(Fleet.MostStarting + 5, 0);

        Start(fleet, 0);
        Assert.Equal(Fleet.MostStarting, _asked.Count);
        fleet.TakeUp(Up(1, 1), 1);
        Start(fleet, 2);

        Assert.Equal(new VmId(Fleet.MostStarting + 1), _asked[^1].Vm);
        Assert.Equal(Fleet.MostStarting + 1, _asked.Count);
    }

    [Fact]
    public void What_nobody_answers_is_asked_again_elsewhere()
    {
        var fleet = new Fleet(2, 0);
        Start(fleet, 0);
        fleet.TakeUp(Up(1, 1), 1);
        _asked.Clear();

        Start(fleet, Fleet.Patience - 1);
        Assert.Empty(_asked);
        Start(fleet, Fleet.Patience);

        Assert.Equal([(new VmId(2), 1)], _asked);
    }

    [Fact]
    public void It_is_stuck_when_nothing_has_become_of_any_VM_for_long_and_not_when_it_is_only_slow()
    {
        var fleet = new Fleet(3, 0);
        Assert.False(fleet.IsStuck(Fleet.RampPatience));
        Start(fleet, Second);
        Assert.False(fleet.IsStuck(Fleet.RampPatience));
        Assert.True(fleet.IsStuck(Second + Fleet.RampPatience));

        fleet.TakeUp(Up(1, 1), Fleet.RampPatience);
        fleet.TakeDown(new VmId(2), isExpected: false, "refused", Fleet.RampPatience + 1);
        Assert.False(fleet.IsStuck(2 * Fleet.RampPatience));
        Assert.True(fleet.IsStuck((2 * Fleet.RampPatience) + 1));

        fleet.TakeUp(Up(3, 1), 3 * Fleet.RampPatience);
        Assert.False(fleet.IsStuck(5 * Fleet.RampPatience));
    }

    [Fact]
    public void It_is_full_when_the_last_is_up_and_over_when_the_last_is_down()
    {
        var fleet = new Fleet(2, 0);
        Start(fleet, 0);
        fleet.TakeUp(Up(1, 1), 5);
        Assert.Equal(-1, fleet.AllUpAt);
        fleet.TakeUp(Up(2, 1), 7);

        Assert.Equal((2, 7L), (fleet.Up, fleet.AllUpAt));
        fleet.TakeDown(new VmId(1), true, "", 8);
        fleet.TakeDown(new VmId(2), false, "vm-2 broke", 9);
        fleet.TakeDown(new VmId(2), false, "vm-2 broke", 9);

        Assert.True(fleet.IsOver);
        Assert.Equal((0, 1, "vm-2 broke"), (fleet.Up, fleet.Failed, fleet.FirstProblem));
    }

    [Fact]
    public void A_higher_token_on_another_node_is_a_new_incarnation_and_told_once()
    {
        var fleet = new Fleet(1, 0);
        Start(fleet, 0);
        fleet.TakeUp(Up(1, 1), 1);
        Assert.False(fleet.TakeUp(Up(1, 1), 2));
        var again = Up(1, 2, "b:1") with { Lost = new VmLoss(new FencingToken(1), "a:1", 100, 2, 64) };

        Assert.True(fleet.TakeUp(again, 3));
        Assert.False(fleet.TakeUp(again, 4));
        Assert.False(fleet.TakeUp(Up(1, 1), 5));

        Assert.Equal((1, 1, 0, 2L, 64L), (fleet.Up, fleet.Restarts, fleet.Takeovers, fleet.RequestsInFlight, fleet.BytesInFlight));
    }

    [Fact]
    public void A_service_side_that_moved_is_no_new_incarnation()
    {
        var fleet = new Fleet(1, 0);
        Start(fleet, 0);
        fleet.TakeUp(Up(1, 1), 1);

        fleet.TakeUp(Up(1, 2) with { ServiceNode = "c:1" }, 2);

        Assert.Equal((0, 1), (fleet.Restarts, fleet.Takeovers));
    }

    private static ClusterHop.VmUp Up(int vm, ulong fence, string node = "a:1") => new(new VmId(vm), new FencingToken(fence), node, node, null, []);

    private void Start(Fleet fleet, long now) => fleet.Start(now, (vm, tries) => _asked.Add((vm, tries)));
}
