#pragma warning disable CA1822 // Rules come next.
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>
/// Where the seams of a world ask whether something goes wrong. One instance serves one run. A seam without rules pays one test.
/// </summary>
internal sealed class FaultPlane : ITimerFaults
{
    private readonly World _world;

    public FaultPlane(World world) => _world = world;

    /// <summary>Whether memory accesses are to be asked for.</summary>
    public bool HasMemoryRules => false;

    /// <summary>Whether backend calls are to be asked for.</summary>
    public bool HasBackendRules => false;

    /// <summary>Whether timers are to be asked for.</summary>
    public bool HasTimerRules => false;

    /// <summary>Whether mailboxes are to be asked for.</summary>
    public bool HasMailboxRules => false;

    /// <summary>Counts, per rule of the plan.</summary>
    public IReadOnlyList<FaultCount> Counts => [];

    /// <summary>Faults that fired.</summary>
    public IReadOnlyList<FaultFiring> Firings => [];

    /// <summary>Whether a link's messages are to be asked for.</summary>
    public bool HasLinkRules(LinkSite site) => false;

    /// <summary>The safety phase begins: rules may fire.</summary>
    public void Begin()
    {
    }

    /// <summary>All rates go to zero, and everything broken is repaired; pending delayed messages are delivered.</summary>
    public void Heal()
    {
    }

    /// <summary>True when something is still broken (L8).</summary>
    public bool HasResidue => false;

    /// <summary>A message passes a link: deliver it, or don't.</summary>
    public void AtLink(LinkSite site, IActorRef to, object message, IActorRef from) => _world.Deliver(site, to, message, from, isLate: false);

    /// <summary>A crash site is reached: return, or throw.</summary>
    public void AtCrashSite(CrashSite site, VmId vm, int detail)
    {
    }

    /// <summary>Whether an access of guest RAM is refused.</summary>
    public bool RefusesAccess(VmId vm, MemoryUser user, bool isWrite, ulong address, int length) => false;

    /// <summary>Changes what was read.</summary>
    public void AfterRead(VmId vm, MemoryUser user, ulong address, Span<byte> data)
    {
    }

    /// <summary>Changes what stands in RAM after a write.</summary>
    public void AfterWrite(VmId vm, MemoryUser user, IGuestMemory memory, ulong address, int length)
    {
    }

    /// <summary>What becomes of a backend's write.</summary>
    public BackendVerdict AtBackendWrite(SimBackend backend, ReadOnlySpan<byte> data) => new(Actors.DeviceModel.BackendStatus.Done, data.Length);

    /// <summary>What becomes of a backend's read.</summary>
    public BackendVerdict AtBackendRead(SimBackend backend, int length) => new(Actors.DeviceModel.BackendStatus.Done, length);

    /// <summary>Changes input on its way (F52).</summary>
    public void AfterBackendRead(SimBackend backend, Span<byte> data)
    {
    }

    /// <summary>True while a backend takes nothing (hang, slow).</summary>
    public bool HoldsBackend(SimBackend backend) => false;

    /// <inheritdoc/>
    public int AtTimer(IActorRef receiver, bool isRepeated, long now, ref long due) => 1;

    /// <summary>A message that passes no link reaches a mailbox. False: it is lost (F72).</summary>
    public bool AtMailbox(SimActor actor, object message) => true;
}
