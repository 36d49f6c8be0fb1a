using Akka.Actor;
using Akka.Configuration;
using CsCheck;

namespace Actors.Cluster.Tests;

public sealed class CompactMessageQueueTests
{
    private readonly CompactMessageQueue _queue = new();

    [Fact]
    public void Whatever_is_put_and_taken_it_is_a_queue()
    {
        Gen.Int[-40, 40].Array[0, 60].Sample(steps =>
        {
            var queue = new CompactMessageQueue();
            var model = new Queue<int>();
            var next = 0;
            foreach (var step in steps)
            {
                for (var put = 0; put < step; put++, next++)
                {
                    model.Enqueue(next);
                    Put(queue, next);
                }

                for (var take = 0; take < -step; take++)
                    Assert.Equal(model.TryDequeue(out var message) ? message : null, Take(queue));

                Assert.Equal(model.Count, queue.Count);
                Assert.Equal(model.Count > 0, queue.HasMessages);
            }

            Assert.Equal(model.Select(message => (int?)message), Enumerable.Range(0, model.Count).Select(_ => Take(queue)));
        });
    }

    [Fact]
    public void What_a_flood_needed_is_given_back_when_the_flood_is_over()
    {
        var small = _queue.Capacity;
        for (var i = 0; i < 1_000; i++)
            Put(_queue, i);
        Assert.InRange(_queue.Capacity, 1_000, 1_024);

        for (var i = 0; i < 1_000; i++)
            Assert.Equal(i, Take(_queue));

        Assert.Equal(small, _queue.Capacity);
        Put(_queue, 7);
        Assert.Equal(7, Take(_queue));
    }

    [Fact]
    public void Each_sender_s_messages_come_in_its_order_and_none_is_lost_while_another_thread_takes()
    {
        const int Senders = 4;
        const int Each = 100_000;
        var next = new int[Senders];
        var senders = Enumerable.Range(0, Senders).Select(sender => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
                Put(_queue, (i * Senders) + sender);
        })).ToArray();
        foreach (var sender in senders)
            sender.Start();

        var wait = default(SpinWait);
        for (var taken = 0; taken < Senders * Each;)
        {
            if (Take(_queue) is { } message)
            {
                taken++;
                Assert.Equal(next[message % Senders]++, message / Senders);
            }
            else
            {
                wait.SpinOnce();
            }
        }

        foreach (var sender in senders)
            sender.Join();
        Assert.False(_queue.HasMessages);
    }

    [Fact]
    public void A_message_that_was_taken_is_kept_from_no_collection()
    {
        var message = PutAndTakeAnObject();

        GC.Collect();

        Assert.False(message.IsAlive);
    }

    [Fact]
    public void What_an_ended_actor_has_left_goes_to_the_dead_letters()
    {
        var dead = new CompactMessageQueue();
        Put(_queue, 1);
        Put(_queue, 2);

        _queue.CleanUp(ActorRefs.Nobody, dead);

        Assert.False(_queue.HasMessages);
        Assert.Equal([1, 2], new[] { Take(dead), Take(dead) });
    }

    [Fact]
    public void Actors_of_the_path_have_it_and_those_that_stash_have_theirs()
    {
        using var system = ActorSystem.Create("mailboxes", ConfigurationFactory.ParseString("akka.loggers = []\nakka.stdout-loglevel = OFF").WithFallback(DispatchConfiguration.Default));

        Assert.IsType<CompactMessageQueue>(QueueOf(system.ActorOf(Props.Create(() => new Plain()))));
        Assert.IsNotType<CompactMessageQueue>(QueueOf(system.ActorOf(Props.Create(() => new Stashing()))));
    }

    private static object QueueOf(IActorRef actor)
    {
        while (((RepointableActorRef)actor).Underlying is not ActorCell)
            Thread.Yield();
        return Assert.IsType<ActorCell>(((RepointableActorRef)actor).Underlying, exactMatch: false).Mailbox!.MessageQueue;
    }

    private static void Put(CompactMessageQueue queue, object message) => queue.Enqueue(ActorRefs.Nobody, new Envelope(message, ActorRefs.NoSender));

    private static int? Take(CompactMessageQueue queue) => queue.TryDequeue(out var envelope) ? (int)envelope.Message : null;

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private WeakReference PutAndTakeAnObject()
    {
        var message = new object();
        Put(_queue, message);
        Assert.True(_queue.TryDequeue(out _));
        return new WeakReference(message);
    }

    private sealed class Plain : UntypedActor
    {
        protected override void OnReceive(object message) => Unhandled(message);
    }

    private sealed class Stashing : UntypedActor, IWithUnboundedStash
    {
        public IStash Stash { get; set; } = null!;

        protected override void OnReceive(object message) => Stash.Stash();
    }
}
