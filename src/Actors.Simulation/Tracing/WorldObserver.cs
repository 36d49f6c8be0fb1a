using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Something that reads the trace while it is made: an oracle, a recorder, a coverage counter. It gets only the events that it asks for, on the world's
/// thread, in order; it must not change the world. One instance judges one run.
/// </summary>
public abstract class WorldObserver
{
    /// <summary>What this observer wants to see.</summary>
    public abstract WorldInterest Interest { get; }

    /// <summary>The run begins.</summary>
    public virtual void OnBegin(World world)
    {
    }

    /// <summary>The plan of the run has become another: it has more faults.</summary>
    public virtual void OnPlan(Plan plan)
    {
    }

    /// <summary>A message was sent.</summary>
    public virtual void OnSend(in Moment moment, in SendEvent send)
    {
    }

    /// <summary>A message was taken.</summary>
    public virtual void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
    }

    /// <summary>Guest RAM was accessed; <paramref name="data"/> is what was read or written, valid during the call.</summary>
    public virtual void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>A step of the path was reported.</summary>
    public virtual void OnPath(in Moment moment, in PathStep step)
    {
    }

    /// <summary>A slot took an edge.</summary>
    public virtual void OnSlot(in Moment moment, in SlotStep step)
    {
    }

    /// <summary>Something happened at a backend; <paramref name="data"/> are the bytes, valid during the call.</summary>
    public virtual void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
    }

    /// <summary>A fault fired, had an effect, or healed.</summary>
    public virtual void OnFault(in Moment moment, in FaultEvent fault)
    {
    }

    /// <summary>An actor crashed, or what followed it.</summary>
    public virtual void OnLife(in Moment moment, in LifeStep step)
    {
    }

    /// <summary>Something happened to nodes, membership or ownership.</summary>
    public virtual void OnCluster(in Moment moment, in ClusterEvent happened)
    {
    }

    /// <summary>A phase begins. At End, everything is said: last chance to report.</summary>
    public virtual void OnPhase(in Moment moment, WorldPhase phase)
    {
    }

    /// <summary>A step is over (one message or timer, with everything that it led to at once).</summary>
    public virtual void OnStep(in Moment moment)
    {
    }
}

/// <summary>Kinds of events.</summary>
[Flags]
public enum WorldInterest
{
    /// <summary>Nothing but begin and phases.</summary>
    None = 0,

    /// <summary>Sends.</summary>
    Send = 1,

    /// <summary>Receives.</summary>
    Receive = 2,

    /// <summary>Guest RAM.</summary>
    Memory = 4,

    /// <summary>Path steps.</summary>
    Path = 8,

    /// <summary>Slot edges.</summary>
    Slot = 16,

    /// <summary>Backends.</summary>
    Backend = 32,

    /// <summary>Faults.</summary>
    Fault = 64,

    /// <summary>Ends of steps.</summary>
    Step = 128,

    /// <summary>Crashes and restarts.</summary>
    Life = 256,

    /// <summary>Nodes, membership, ownership.</summary>
    Cluster = 512,
}
