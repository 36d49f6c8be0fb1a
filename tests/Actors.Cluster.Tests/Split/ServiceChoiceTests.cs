using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class ServiceChoiceTests
{
    private readonly ServiceChoice _choice = new();

    [Fact]
    public void Vms_are_spread_evenly_and_who_is_gone_gets_none()
    {
        foreach (var node in (string[])["a:1", "b:1", "c:1"])
            _choice.Add(node);
        for (var vm = 0; vm < 30; vm++)
            Assert.NotNull(_choice.Take(new VmId(vm)));
        Assert.Equal((10, 10, 10), (_choice.LoadOf("a:1"), _choice.LoadOf("b:1"), _choice.LoadOf("c:1")));

        _choice.Remove("b:1");
        for (var vm = 30; vm < 40; vm++)
            Assert.NotEqual("b:1", _choice.Take(new VmId(vm)));
    }

    [Fact]
    public void The_first_vms_of_many_guest_nodes_do_not_all_go_to_the_same_node()
    {
        var first = new HashSet<string?>();
        for (var vm = 0; vm < 20; vm++)
        {
            var choice = new ServiceChoice();
            choice.Add("a:1");
            choice.Add("b:1");
            first.Add(choice.Take(new VmId(vm)));
        }

        Assert.Equal(2, first.Count);
    }

    [Fact]
    public void A_node_that_refused_is_chosen_only_when_there_is_no_other()
    {
        _choice.Add("a:1");
        Assert.Equal("a:1", _choice.Take(new VmId(1), except: "a:1"));
        _choice.Add("b:1");
        for (var vm = 0; vm < 5; vm++)
            Assert.Equal("b:1", _choice.Take(new VmId(vm), except: "a:1"));
    }

    [Fact]
    public void The_guest_s_own_node_is_chosen_only_when_there_is_no_other()
    {
        var choice = new ServiceChoice(own: "a:1");
        choice.Add("a:1");
        Assert.Equal("a:1", choice.Take(new VmId(1)));
        choice.Add("b:1");
        for (var vm = 2; vm < 8; vm++)
            Assert.Equal("b:1", choice.Take(new VmId(vm)));
        Assert.Equal("a:1", choice.Take(new VmId(9), except: "b:1"));
        choice.Remove("b:1");
        Assert.Equal("a:1", choice.Take(new VmId(10)));
    }

    [Fact]
    public void Nobody_is_chosen_where_nobody_is()
    {
        Assert.Null(_choice.Take(new VmId(1)));
        _choice.Release("a:1");
        Assert.Equal(0, _choice.LoadOf("a:1"));
    }
}
