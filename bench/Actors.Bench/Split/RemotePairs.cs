using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>The floor: pairs of actors on two systems, each of which has one message on its way, an upcall there and its answer back, and does nothing else.</summary>
internal sealed class RemotePairs : IDisposable
{
    private readonly IActorRef[] _callers;
    private readonly CountdownEvent _done;

    public RemotePairs(ActorSystem near, ActorSystem far, int pairs)
    {
        _done = new CountdownEvent(pairs);
        _callers = new IActorRef[pairs];
        for (var i = 0; i < pairs; i++)
        {
            var answerer = SplitRig.Seen(near, far, far.ActorOf(Props.Create(() => new Answerer()), $"bare-{i}"));
            _callers[i] = near.ActorOf(Props.Create(() => new Caller(answerer, _done)));
        }
    }

    /// <summary>What goes there, as an exit with a doorbell makes it.</summary>
    public static UpcallHop.Upcall Upcall(ulong sequence) =>
        new(new VmId(1), 1, 0xF3, new IoRequest(0, sequence, IoAccess.Out(0xC010, 2, 1)), []);

    /// <summary>What comes back.</summary>
    public static UpcallHop.RequestFinished Answer(ulong sequence) => new(new VmId(1), 1, 0, sequence, 0);

    public void Dispose() => _done.Dispose();

    /// <summary>Each pair makes <paramref name="trips"/> round trips, two messages each; returns when all are through.</summary>
    public void Run(int trips)
    {
        _done.Reset();
        foreach (var caller in _callers)
        {
            caller.Tell(new Begin(trips));
        }

        _done.Wait();
    }

    private sealed record Begin(int Trips);

    private sealed class Caller(IActorRef answerer, CountdownEvent done) : UntypedActor
    {
        private ulong _left;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case UpcallHop.RequestFinished when --_left > 0:
                    answerer.Tell(Upcall(_left), Self);
                    break;
                case UpcallHop.RequestFinished:
                    done.Signal();
                    break;
                case Begin begin:
                    _left = (ulong)begin.Trips;
                    answerer.Tell(Upcall(_left), Self);
                    break;
            }
        }
    }

    private sealed class Answerer : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is UpcallHop.Upcall upcall)
                Sender.Tell(Answer(upcall.Request.Sequence), Self);
        }
    }
}
