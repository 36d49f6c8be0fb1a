using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>
/// The floor: actors that pass the messages of an exit with a doorbell and do nothing else. guest -> hypervisor -> hsm -> hypervisor -> guest, and
/// hsm -> device beside it: five messages an exit, each a new object of the size that the real one has.
/// </summary>
/// <typeparam name="THop">How a message is passed.</typeparam>
internal sealed class BareChain<THop> : IDisposable
    where THop : struct, IBareHop<THop>
{
    private readonly IActorRef[] _guests;
    private readonly CountdownEvent _done;

    public BareChain(ActorSystem system, int chains)
    {
        _done = new CountdownEvent(chains);
        _guests = new IActorRef[chains];
        for (var i = 0; i < chains; i++)
        {
            var device = system.ActorOf(Props.Create(() => new Device()));
            var hsm = system.ActorOf(Props.Create(() => new Hsm(device)));
            var hypervisor = system.ActorOf(Props.Create(() => new Hypervisor(hsm)));
            _guests[i] = system.ActorOf(Props.Create(() => new Guest(hypervisor, _done)));
        }
    }

    public void Dispose() => _done.Dispose();

    /// <summary>Each chain makes <paramref name="exits"/> round trips; returns when all are through.</summary>
    public void Run(int exits)
    {
        _done.Reset();
        foreach (var guest in _guests)
        {
            guest.Tell(new Begin(exits));
        }

        _done.Wait();
    }

    private sealed record Begin(int Exits);

    private sealed record Exit(long A, long B, long C, long D, long E);

    private sealed record Upcall(long A, long B, long C, long D, long E, long F, IActorRef Guest);

    private sealed record Finished(long A, long B, long C, long D, IActorRef Guest);

    private sealed record Completion(long A, long B, long C);

    private sealed record Signal(long A, long B, long C);

    private sealed class Guest(IActorRef hypervisor, CountdownEvent done) : UntypedActor
    {
        private readonly THop _hypervisor = THop.To(hypervisor);
        private long _left;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Completion when --_left > 0:
                    _hypervisor.Send(new Exit(1, 2, 3, 4, _left), Self);
                    break;
                case Completion:
                    done.Signal();
                    break;
                case Begin begin:
                    _left = begin.Exits;
                    _hypervisor.Send(new Exit(1, 2, 3, 4, _left), Self);
                    break;
            }
        }
    }

    private sealed class Hypervisor(IActorRef hsm) : UntypedActor
    {
        private readonly THop _hsm = THop.To(hsm);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Exit exit:
                    _hsm.Send(new Upcall(exit.A, exit.B, exit.C, exit.D, exit.E, 0, Sender), Self);
                    break;
                case Finished finished:
                    THop.To(finished.Guest).Send(new Completion(finished.A, finished.B, finished.C), Self);
                    break;
            }
        }
    }

    private sealed class Hsm(IActorRef device) : UntypedActor
    {
        private readonly THop _device = THop.To(device);

        protected override void OnReceive(object message)
        {
            if (message is Upcall upcall)
            {
                _device.Send(new Signal(upcall.A, upcall.B, upcall.C), Self);
                THop.To(Sender).Send(new Finished(upcall.A, upcall.B, upcall.C, upcall.D, upcall.Guest), Self);
            }
        }
    }

    private sealed class Device : UntypedActor
    {
        private long _signals;

        protected override void OnReceive(object message)
        {
            if (message is Signal signal)
            {
                _signals += signal.A;
            }
        }
    }
}

/// <summary>How actors of a bare chain pass a message. A struct, so that nothing but what it does is measured.</summary>
internal interface IBareHop<out TSelf>
{
    static abstract TSelf To(IActorRef actor);

    void Send(object message, IActorRef from);
}

/// <summary>Akka's own tell.</summary>
internal readonly struct TellHop(IActorRef to) : IBareHop<TellHop>
{
    public static TellHop To(IActorRef actor) => new(actor);

    public void Send(object message, IActorRef from) => to.Tell(message, from);
}

/// <summary>Our link, as production has it.</summary>
internal readonly struct LinkHop(Link link) : IBareHop<LinkHop>
{
    private static readonly RoomServices _services = new(new Actors.Guest.GuestRamDirectory(), TimeProvider.System);

    public static LinkHop To(IActorRef actor) => new(new Link(LinkSite.HsmUpcall, actor, _services));

    public void Send(object message, IActorRef from) => link.Send(message, from);
}
