using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <summary>A supervisor's decision by child, without the stock strategy's log of stack traces: a crash is announced in one line, see <see cref="Announcement"/>.</summary>
internal sealed class Supervision(Func<IActorRef, Exception, Directive> decide) : OneForOneStrategy(-1, -1, static _ => Directive.Stop, loggingEnabled: false)
{
    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception) => decide(child, exception);
}

/// <summary>Says what becomes of actors that crash (oracle L6): to the log for a person, and as a <see cref="LifeStep"/> for who watches.</summary>
internal static class Announcement
{
    /// <summary>Path below <c>/user</c>.</summary>
    public static string NameOf(IActorRef actor) => string.Join('/', actor.Path.Elements.Skip(1));

    /// <summary>An actor's work threw.</summary>
    public static void Crashed(RoomServices services, ILoggingAdapter log, VmId vm, IActorRef actor, int incarnation, Exception reason)
    {
        var name = NameOf(actor);
        log.Warning("{0} crashed: {1}", name, reason.Message);
        services.Trace?.Record(new LifeStep(vm, name, LifeChange.Crashed, incarnation, reason.Message));
    }

    /// <summary>A device's own part threw. Its actor goes on, the device doesn't.</summary>
    public static void Failed(RoomServices services, ILoggingAdapter log, VmId vm, IActorRef actor, int incarnation, string reason)
    {
        var name = NameOf(actor);
        log.Error("{0} is out of use until a reset: {1}", name, reason);
        services.Trace?.Record(new LifeStep(vm, name, LifeChange.Failed, incarnation, reason));
    }

    /// <summary>What followed a crash.</summary>
    public static void Followed(RoomServices services, ILoggingAdapter log, VmId vm, IActorRef actor, LifeChange change, int incarnation, string? reason = null)
    {
        var name = NameOf(actor);
        if (change == LifeChange.GaveUp)
            log.Error("{0} is given up: {1}", name, reason);
        else if (change == LifeChange.StateLost)
            log.Warning("{0}, incarnation {1}: {2}", name, incarnation, reason);
        else
            log.Info("{0}: {1}, incarnation {2}", name, change, incarnation);
        services.Trace?.Record(new LifeStep(vm, name, change, incarnation, reason));
    }
}
