using Akka.Actor;

namespace Actors.Protocol;

/// <summary>What every actor of a node gets when it is made.</summary>
/// <param name="Memory">RAM of the VMs.</param>
/// <param name="Clock">The only clock (vRTC, timestamps).</param>
/// <param name="Trace">Recorder of hops, or null when nobody watches.</param>
/// <param name="Links">Null in production: links are plain tells.</param>
/// <param name="Crashes">Null in production: nobody crashes on purpose.</param>
/// <param name="Variants">Null in production: every room has its own parts.</param>
/// <param name="MemoryServer">Where devices of other nodes reach the RAM of this node's VMs; null when there are no other nodes.</param>
/// <param name="Pace">How long something unanswered waits; null: <see cref="RetryPace.Steady"/>.</param>
public sealed record RoomServices(
    IGuestMemoryDirectory Memory,
    TimeProvider Clock,
    PathTrace? Trace = null,
    ILinkInterceptor? Links = null,
    ICrashPoints? Crashes = null,
    RoomVariants? Variants = null,
    IActorRef? MemoryServer = null,
    RetryPace? Pace = null);
