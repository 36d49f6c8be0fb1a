using System.Collections.Concurrent;
using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster.Tests;

/// <summary>The office of a real node, with a lease that the test gives and takes.</summary>
public sealed class FenceOfficeTests
{
    [Fact]
    public async Task A_token_above_what_a_backend_remembers_is_given_only_under_the_lease_and_raises_the_register_for_all()
    {
        var remembered = FenceTokens.Make((ulong)DateTimeOffset.UtcNow.AddYears(10).ToUnixTimeSeconds(), 77, 3);
        await using var cluster = await TestCluster.StartAsync(1);
        var system = cluster.Nodes[0].System;
        var leases = await system.ActorSelection("/user/leases").ResolveOne(Observer.Patience);
        var lease = new GivenLease { Holds = true };
        var office = system.ActorOf(FenceOffice.Props(TimeProvider.System, leases, lease));
        using var heard = new BlockingCollection<FenceOffice.Granted>();
        var owner = system.ActorOf(Props.Create(() => new Owner(heard)));

        office.Tell(new FenceOffice.Ask("7", owner), owner);
        var first = Next(heard);
        Assert.True(first.Token < remembered);

        // A zombie asks, and asks: nothing comes, however often the office looks.
        lease.Holds = false;
        office.Tell(new FenceOffice.Ask("7", owner, first.Token, remembered), owner);
        office.Tell(new FenceOffice.Ask("7", owner, first.Token, remembered), owner);
        lease.AwaitLooks(5);
        Assert.Empty(heard);

        lease.Holds = true;
        var raised = Next(heard);
        Assert.True(raised.Token > remembered);
        Assert.Equal(remembered, raised.Seen);

        // Asked twice while it waited, it is given once; and what comes next is above it.
        office.Tell(new FenceOffice.Ask("7", owner), owner);
        var next = Next(heard);
        Assert.True(next.Token > raised.Token);
        Assert.False(next.Seen.IsGuarded);
    }

    private static FenceOffice.Granted Next(BlockingCollection<FenceOffice.Granted> heard)
    {
        Assert.True(heard.TryTake(out var granted, Observer.Patience));
        return granted!;
    }

    private sealed class Owner(BlockingCollection<FenceOffice.Granted> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.Add((FenceOffice.Granted)message);
    }

    private sealed class GivenLease : IOwnerLease
    {
        private volatile bool _holds;
        private long _looks;

        public bool Holds
        {
            get
            {
                Interlocked.Increment(ref _looks);
                return _holds;
            }

            set => _holds = value;
        }

        public void AwaitLooks(int count)
        {
            var from = Interlocked.Read(ref _looks);
            Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref _looks) >= from + count, Observer.Patience));
        }

        public void CountHeld()
        {
        }

        public void Await(ILeaseWaiter waiter)
        {
        }

        public void Forget(ILeaseWaiter waiter)
        {
        }
    }
}
