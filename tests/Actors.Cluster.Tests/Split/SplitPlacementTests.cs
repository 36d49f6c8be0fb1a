using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>VMs whose guest and whose service side are on different nodes, over real connections.</summary>
public sealed class SplitPlacementTests
{
    private const int LineLength = 1024;
    private const int Lines = 32 * 1024;

    [Fact]
    public async Task A_service_node_that_dies_in_the_middle_of_a_transfer_costs_no_byte_and_the_guest_goes_on()
    {
        await using var cluster = await StartAsync(services: 2, TestCluster.Missing);
        await using var outside = new Observer();
        var (up, stream) = StartAndHold(cluster, outside);
        var guests = cluster.Nodes[0].Address;
        Assert.Equal(guests, up.GuestNode);
        Assert.NotEqual(guests, up.ServiceNode);

        await cluster.At(up.ServiceNode).AbortAsync();
        var moved = outside.Expect<ClusterHop.VmUp>(again => again.Fence > up.Fence);
        Assert.Equal((guests, (VmLoss?)null), (moved.GuestNode, moved.Lost));
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
        outside.Tell(guests, moved.Seen());

        var down = outside.Expect<ClusterHop.VmDown>();
        Assert.Equal(VmEnd.PowerOff, down.End);
        Assert.Equal(Expected(), stream.Written());
        var port = Assert.Single(down.Ports);
        Assert.Equal(((long)Lines * LineLength, (long)Lines * LineLength, 0L), (port.FromGuest, port.Written, port.Dropped));
        Assert.Equal(moved.Fence, stream.Owner);
    }

    [Fact]
    public async Task A_service_node_that_is_put_out_and_that_nobody_has_missed_holds_no_announcement_up()
    {
        await using var cluster = await StartAsync(services: 2, TestCluster.NeverMissing);
        await using var outside = new Observer();
        var up = Start(cluster, outside, TestCluster.Idle(7));
        var lost = cluster.At(up.ServiceNode);
        await lost.AbortAsync();
        TestCluster.PutOut(cluster.Nodes[0], lost);

        var moved = outside.Expect<ClusterHop.VmUp>(again => again.Fence > up.Fence);
        Assert.Equal((up.GuestNode, (VmLoss?)null), (moved.GuestNode, moved.Lost));
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
    }

    [Fact]
    public async Task A_service_node_that_leaves_hands_its_vms_over()
    {
        await using var cluster = await StartAsync(services: 2);
        await using var outside = new Observer();
        var (up, stream) = StartAndHold(cluster, outside);

        // Said when the machine is gone and not before: a node that leaves waits for this, and for no longer.
        var rooms = cluster.At(up.ServiceNode).System.ActorSelection("/user/device-model");
        await rooms.Ask<DeviceModelActor.Drained>(DeviceModelActor.Drain.Instance, Observer.Patience);
        await Assert.ThrowsAsync<ActorNotFoundException>(() => cluster.At(up.ServiceNode).System.ActorSelection($"/user/device-model/{up.Vm}").ResolveOne(Observer.Patience));
        await cluster.At(up.ServiceNode).LeaveAsync().WaitAsync(Observer.Patience);

        var moved = outside.Expect<ClusterHop.VmUp>(again => again.Fence > up.Fence);
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
        outside.Tell(cluster.Nodes[0].Address, moved.Seen());
        Assert.Equal(VmEnd.PowerOff, outside.Expect<ClusterHop.VmDown>().End);
        Assert.Equal(Expected(), stream.Written());
    }

    [Fact]
    public async Task A_service_node_that_leaves_writes_first_what_its_ports_had_accepted()
    {
        await using var cluster = await StartAsync(services: 2);
        await using var outside = new Observer();
        var spec = Spec() with
        {
            Guest = new GuestSpec("echo", ["out"]),
            Devices = [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("out", true, BackendKind.Memory, Policy: PortPolicy.DefaultBuffer)], VirtioTransportKind.Modern)],
        };
        var up = Start(cluster, outside, spec);
        var backend = cluster.BackendsAt(up.ServiceNode)["out"];
        backend.HoldWrites(MemoryOutcome.WouldBlock);
        backend.Feed("what the guest said and has forgotten"u8);
        Until(() => (backend.Wanted & BackendInterest.Write) != 0);

        var leaving = cluster.At(up.ServiceNode).LeaveAsync();
        backend.ReleaseWrites();
        await leaving.WaitAsync(Observer.Patience);
        var moved = outside.Expect<ClusterHop.VmUp>(again => again.Fence > up.Fence);
        Assert.NotEqual(up.ServiceNode, moved.ServiceNode);
        Assert.Equal("what the guest said and has forgotten"u8.ToArray(), cluster.Streams[up.Vm, "out"].Written());

        outside.Tell(cluster.Nodes[0].Address, moved.Seen());
        outside.Tell(cluster.Nodes[0].Address, new ClusterHop.StopVm(moved.Vm));
        Assert.Equal(0, Assert.Single(outside.Expect<ClusterHop.VmDown>().Ports).Dropped);
    }

    [Fact]
    public async Task Without_a_service_node_a_vm_waits_for_one()
    {
        await using var cluster = await StartAsync(services: 0);
        await using var outside = new Observer();
        outside.Tell(cluster.Nodes[0].Address, new ClusterHop.StartVm(Spec(), VmPlacement.Split, outside.Self));
        var service = await cluster.AddAsync(options => options with { Roles = [NodeRoles.Service] });

        Assert.Equal(service.Address, outside.Start(cluster.Nodes[0].Address, Spec(), VmPlacement.Split).ServiceNode);
    }

    private static Task<TestCluster> StartAsync(int services, Func<NodeOptions, NodeOptions>? change = null) =>
        TestCluster.StartAsync(1 + services, (index, options) => (change?.Invoke(options) ?? options) with { Roles = [index == 0 ? NodeRoles.Guest : NodeRoles.Service] });

    private static VmSpec Spec() => new(
        new VmId(7),
        1,
        128 << 20,
        new GuestSpec("lines", ["out", "5", $"{Lines}", $"{LineLength}"]),
        [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("out", true, BackendKind.Memory, Policy: PortPolicy.Block)], VirtioTransportKind.Modern)]);

    private static ClusterHop.VmUp Start(TestCluster cluster, Observer outside, VmSpec? spec = null)
    {
        var up = outside.Start(cluster.Nodes[0].Address, spec ?? Spec(), VmPlacement.Split);
        outside.Tell(cluster.Nodes[0].Address, up.Seen());
        return up;
    }

    /// <summary>Some of the bytes are there; the others, up to a window on the service node and the rest with the guest, wait for the next service node.</summary>
    private static (ClusterHop.VmUp Up, SharedStream Stream) StartAndHold(TestCluster cluster, Observer outside)
    {
        foreach (var node in cluster.Nodes)
            cluster.BackendsAt(node.Address).WritesBeforeHold = 3;
        var up = Start(cluster, outside);
        foreach (var node in cluster.Nodes)
            cluster.BackendsAt(node.Address).WritesBeforeHold = null;
        var stream = cluster.Streams[up.Vm, "out"];
        Until(() => stream.Position > 0);
        Assert.InRange(stream.Position, 1, (Lines * LineLength) - 1);
        return (up, stream);
    }

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Observer.Patience));

    private static byte[] Expected()
    {
        var expected = new byte[Lines * LineLength];
        for (var line = 0; line < Lines; line++)
            NumberedLine.Write(expected.AsSpan(line * LineLength, LineLength), 5, line);
        return expected;
    }
}
