using Actors.Protocol;
using Akka.Actor;
using Akka.Configuration;

namespace Actors.Cluster.Tests;

public sealed class CoreLocalDispatcherTests : IDisposable
{
    /// <summary>Only a test that fails waits so long.</summary>
    private static readonly TimeSpan _patience = Observer.Patience;

    private readonly ActorSystem _system = ActorSystem.Create("dispatch", ConfigurationFactory.ParseString("""
        akka.loggers = []
        akka.stdout-loglevel = OFF
        akka.actor.default-dispatcher { type = "Actors.Cluster.CoreLocalConfigurator, Actors.Cluster", workers = 2, throughput = 10 }
        """));

    public void Dispose() => _system.Terminate().Wait(_patience);

    [Fact]
    public void Messages_of_one_sender_arrive_in_the_order_sent()
    {
        const int Messages = 200_000;
        using var done = new ManualResetEventSlim();
        var inOrder = true;
        var expected = 0;
        var receiver = _system.ActorOf(Act.Props((message, _) =>
        {
            inOrder &= (int)message == expected++;
            if (expected == Messages)
            {
                done.Set();
            }
        }));

        for (var i = 0; i < Messages; i++)
        {
            receiver.Tell(i);
        }

        Assert.True(done.Wait(_patience));
        Assert.True(inOrder);
    }

    [Fact]
    public void No_wake_up_is_lost_between_many_actors_and_foreign_threads()
    {
        const int Actors = 200;
        const int Rounds = 500;
        using var done = new CountdownEvent(Actors);
        var actors = new IActorRef[Actors];
        for (var i = 0; i < Actors; i++)
        {
            var self = i;
            actors[i] = _system.ActorOf(Act.Props((message, _) =>
            {
                if ((int)message == 0)
                {
                    done.Signal();
                }
                else
                {
                    actors[(self + 7) % Actors].Tell((int)message - 1);
                }
            }));
        }

        Parallel.For(0, Actors, i => actors[i].Tell(Rounds));

        Assert.True(done.Wait(_patience));
    }

    [Fact]
    public void A_pair_that_never_rests_does_not_starve_the_others()
    {
        using var heard = new ManualResetEventSlim();
        var going = true;
        IActorRef? pong = null;
        var ping = _system.ActorOf(Act.Props((message, _) => pong!.Tell(message)));
        pong = _system.ActorOf(Act.Props((message, context) =>
        {
            if (Volatile.Read(ref going))
            {
                ping.Tell(message);
            }
        }));
        var quiet = _system.ActorOf(Act.Props((_, _) => heard.Set()));

        for (var i = 0; i < 8; i++)
        {
            ping.Tell("again");
        }

        quiet.Tell("now");

        Assert.True(heard.Wait(_patience));
        Volatile.Write(ref going, false);
    }

    [Fact]
    public void Retries_slow_down_while_many_wait_for_a_turn_and_are_quick_again_when_nobody_does()
    {
        const int Restless = 3_000;
        var pace = DispatcherPace.Of(_system);
        Assert.Equal(RetryPace.Shortest, pace.Period);
        var going = true;
        for (var i = 0; i < Restless; i++)
        {
            _system.ActorOf(Act.Props((message, context) =>
            {
                if (Volatile.Read(ref going))
                {
                    context.Self.Tell(message);
                }
            })).Tell("again");
        }

        // Each has a turn of a millisecond, on two threads.
        Assert.True(SpinWait.SpinUntil(() => pace.Period > RetryPace.Shortest, _patience));
        Volatile.Write(ref going, false);
        Assert.True(SpinWait.SpinUntil(() => pace.Period == RetryPace.Shortest, _patience));
    }

    [Fact]
    public void Another_dispatcher_has_a_steady_pace()
    {
        using var system = ActorSystem.Create("stock", "akka.loggers = [], akka.stdout-loglevel = OFF");
        Assert.Same(RetryPace.Steady, DispatcherPace.Of(system));
    }

    [Fact]
    public void An_actor_that_runs_long_does_not_hold_back_those_behind_it()
    {
        using var release = new ManualResetEventSlim();
        using var heard = new CountdownEvent(20);
        var slow = _system.ActorOf(Act.Props((_, context) =>
        {
            foreach (var child in Enumerable.Range(0, 20))
            {
                context.ActorOf(Act.Props((_, _) => heard.Signal())).Tell(child);
            }

            release.Wait(_patience);
        }));

        slow.Tell("begin");

        Assert.True(heard.Wait(_patience));
        release.Set();
    }

    [Fact]
    public void Actors_that_block_on_every_core_do_not_hold_back_the_others()
    {
        const int Blocked = 8;
        using var release = new ManualResetEventSlim();
        using var heard = new CountdownEvent(100);
        for (var i = 0; i < Blocked; i++)
        {
            _system.ActorOf(Act.Props((_, _) => release.Wait(_patience))).Tell("block");
        }

        for (var i = 0; i < 100; i++)
        {
            _system.ActorOf(Act.Props((_, _) => heard.Signal())).Tell("run");
        }

        Assert.True(heard.Wait(_patience));
        Assert.False(release.IsSet);
        release.Set();
    }

    private sealed class Act(Action<object, IActorContext> receive) : UntypedActor
    {
        public static Props Props(Action<object, IActorContext> receive) => Akka.Actor.Props.Create(() => new Act(receive));

        protected override void OnReceive(object message) => receive(message, Context);
    }
}
