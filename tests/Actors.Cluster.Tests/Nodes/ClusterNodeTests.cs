using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Actors.Cluster.Tests;

public sealed class ClusterNodeTests
{
    [Fact]
    public async Task A_vm_is_started_for_somebody_who_is_no_member_and_stopped_again()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await using var outside = new Observer();
        var up = outside.Start(cluster.Nodes[0].Address, TestCluster.Idle(7));
        Assert.Equal(cluster.Nodes[0].Address, up.GuestNode);
        Assert.True(up.Fence.IsGuarded);
        Assert.Null(up.Lost);

        outside.Tell(cluster.Nodes[0].Address, new ClusterHop.StopVm(new VmId(7)));
        var down = outside.Expect<ClusterHop.VmDown>();
        Assert.Equal(VmEnd.Stopped, down.End);
        Assert.Equal(up.Fence, down.Fence);
    }

    [Fact]
    public async Task A_node_s_actors_retry_at_the_pace_of_its_dispatcher()
    {
        RoomServices? given = null;
        await using var node = ClusterNode.Start(
            new NodeOptions { Port = 0, Http = null, Profile = NodeProfile.Tests }, new GuestCatalog(), backends: null, new NodeHooks((services, _) => given = services));
        Assert.IsType<DispatcherPace>(given?.Pace);
    }

    [Fact]
    public async Task Backends_that_remember_higher_tokens_than_the_cluster_get_still_higher_ones()
    {
        // As after a restart of everything with the calendar set back by ten years.
        var remembered = FenceTokens.Make((ulong)DateTimeOffset.UtcNow.AddYears(10).ToUnixTimeSeconds(), 77, 3);
        await using var cluster = await TestCluster.StartAsync(1);
        Assert.Equal(BackendStatus.Done, cluster.Streams[new VmId(7), "console"].Claim(remembered).Status);
        await using var outside = new Observer();
        var up = outside.Start(cluster.Nodes[0].Address, TestCluster.Idle(7));
        Assert.True(up.Fence > remembered);
        Assert.Equal(up.Fence, cluster.Streams[new VmId(7), "console"].Owner);
    }

    [Fact]
    public async Task What_is_not_seen_is_said_again_and_a_repeated_start_is_the_same_vm()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await using var outside = new Observer();
        var start = new ClusterHop.StartVm(TestCluster.Idle(7), VmPlacement.Colocated, outside.Self);
        outside.Tell(cluster.Nodes[0].Address, start);
        var first = outside.Expect<ClusterHop.VmUp>();
        var second = outside.Expect<ClusterHop.VmUp>();
        outside.Tell(cluster.Nodes[0].Address, start);
        var third = outside.Expect<ClusterHop.VmUp>();

        Assert.Equal(first.Fence, second.Fence);
        Assert.Equal(first.Fence, third.Fence);
    }

    [Fact]
    public async Task The_vms_of_a_killed_node_start_elsewhere_with_higher_tokens()
    {
        await using var cluster = await TestCluster.StartAsync(3, (_, options) => TestCluster.Missing(options));
        await using var outside = new Observer();
        var fences = await StartEverywhere(cluster, outside, cluster.Nodes[1], 12);

        Assert.Equal(3, fences.Values.Select(up => up.GuestNode).Distinct().Count());

        // The first node is the coordinator's too.
        var killed = cluster.Nodes[0];
        await killed.AbortAsync();
        var lost = fences.Values.Where(up => up.GuestNode == killed.Address).Select(up => up.Vm).ToHashSet();
        while (lost.Count > 0)
        {
            var again = outside.Expect<ClusterHop.VmUp>(up => up.Lost is not null);
            Assert.Equal(killed.Address, again.Lost!.Node);
            Assert.Equal(fences[again.Vm].Fence, again.Lost.Fence);
            Assert.True(again.Fence > fences[again.Vm].Fence);
            Assert.NotEqual(killed.Address, again.GuestNode);
            lost.Remove(again.Vm);
            outside.Tell(cluster.Nodes[1].Address, again.Seen());
        }
    }

    [Fact]
    public async Task A_node_that_leaves_ends_its_vms_in_order_and_they_start_elsewhere()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var outside = new Observer();
        var ups = await StartEverywhere(cluster, outside, cluster.Nodes[1], 6);

        var leaving = cluster.Nodes[0];
        var moving = ups.Values.Where(up => up.GuestNode == leaving.Address).Select(up => up.Vm).ToHashSet();
        Assert.NotEmpty(moving);
        await leaving.LeaveAsync().WaitAsync(Observer.Patience);
        while (moving.Count > 0)
        {
            var again = outside.Expect<ClusterHop.VmUp>(up => up.Fence > ups[up.Vm].Fence);
            Assert.Equal(cluster.Nodes[1].Address, again.GuestNode);
            Assert.Equal(0, again.Lost!.Requests);
            moving.Remove(again.Vm);
        }
    }

    [Fact]
    public async Task An_end_that_a_member_never_says_it_knows_is_told_with_that_doubt()
    {
        await using var cluster = await TestCluster.StartAsync(2);
        await using var outside = new Observer();
        var (owner, deaf) = (cluster.Nodes[0], cluster.Nodes[1]);
        var up = (await StartEverywhere(cluster, outside, owner, 2)).Values.First(up => up.GuestNode == owner.Address);

        // A member that is there and whose ledger is not: it neither answers nor is taken for lost.
        var ledger = await deaf.System.ActorSelection("/user/ledger").ResolveOne(Observer.Patience);
        Assert.True(await ledger.GracefulStop(Observer.Patience));
        outside.Tell(owner.Address, new ClusterHop.StopVm(up.Vm));
        var down = outside.Expect<ClusterHop.VmDown>(down => down.Vm == up.Vm);
        Assert.Equal((VmEnd.Stopped, up.Fence), (down.End, down.Fence));
        Assert.Contains($"if {owner.Address} is lost before they do, {up.Vm} may be started again", down.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_was_put_out_stops_its_machines_and_the_others_have_them()
    {
        await using var cluster = await TestCluster.StartAsync(2, (_, options) => TestCluster.Missing(options));
        await using var outside = new Observer();
        var ups = await StartEverywhere(cluster, outside, cluster.Nodes[0], 6);

        var (judge, outcast) = (cluster.Nodes[0], cluster.Nodes[1]);
        TestCluster.PutOut(judge, outcast);
        await outcast.Removed.WaitAsync(Observer.Patience);
        await outcast.System.WhenTerminated.WaitAsync(Observer.Patience);

        var moving = ups.Values.Where(up => up.GuestNode == outcast.Address).Select(up => up.Vm).ToHashSet();
        Assert.NotEmpty(moving);
        while (moving.Count > 0)
        {
            var again = outside.Expect<ClusterHop.VmUp>(up => up.Fence > ups[up.Vm].Fence);
            Assert.Equal(judge.Address, again.GuestNode);
            moving.Remove(again.Vm);
        }
    }

    [Fact]
    public async Task A_vm_starts_again_also_where_the_ledger_has_not_heard_of_it()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        await using var outside = new Observer();
        var entry = new VmEntry(new VmId(7), new FencingToken(5), VmEntryState.Owned, "gone:1", TestCluster.Idle(7), VmPlacement.Colocated, outside.Self, null);
        var region = ClusterSharding.Get(cluster.Nodes[0].System).ShardRegion(VmShards.TypeName);

        // As another node's ledger says it, until somebody has the VM.
        var up = outside.Expect<ClusterHop.VmUp>(() => region.Tell(new LedgerHop.Revive(entry)));
        Assert.Equal((entry.Vm, entry.Fence, entry.Node), (up.Vm, up.Lost!.Fence, up.Lost.Node));
        Assert.True(up.Fence > entry.Fence);
    }

    [Fact]
    public async Task A_node_ends_although_one_of_its_actors_is_in_a_call_that_does_not_return()
    {
        await using var cluster = await TestCluster.StartAsync(1);
        using var entered = new ManualResetEventSlim();
        using var answer = new ManualResetEventSlim();
        cluster.Nodes[0].System.ActorOf(Props.Create(() => new Stuck(entered, answer))).Tell("write");
        Assert.True(entered.Wait(Observer.Patience));

        await cluster.Nodes[0].DisposeAsync().AsTask().WaitAsync(Observer.Patience);
        Assert.False(cluster.Nodes[0].System.WhenTerminated.IsCompleted);

        answer.Set();
        await cluster.Nodes[0].System.WhenTerminated.WaitAsync(Observer.Patience);
    }

    /// <summary>Starts so many machines, and more until each node has one. Before the first, every node has said that it takes shards: who is late with that gets none of those that are given out.</summary>
    private static async Task<Dictionary<VmId, ClusterHop.VmUp>> StartEverywhere(TestCluster cluster, Observer outside, ClusterNode entrance, int atLeast)
    {
        const int atMost = 200;
        await cluster.AwaitRegionsAsync();
        var ups = new Dictionary<VmId, ClusterHop.VmUp>();
        for (var vm = 1; vm <= atMost && (ups.Count < atLeast || Hosts() < cluster.Nodes.Count); vm++)
        {
            var up = outside.Start(entrance.Address, TestCluster.Idle(vm));
            ups[up.Vm] = up;
            outside.Tell(entrance.Address, up.Seen());
        }

        Assert.Equal(cluster.Nodes.Count, Hosts());
        return ups;

        int Hosts() => ups.Values.Select(up => up.GuestNode).Distinct().Count();
    }

    private sealed class Stuck(ManualResetEventSlim entered, ManualResetEventSlim answer) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            entered.Set();
            answer.Wait();
        }
    }
}
