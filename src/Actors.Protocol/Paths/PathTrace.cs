namespace Actors.Protocol;

/// <summary>Where rooms report the steps of the path. Null in production unless somebody watches, so a step costs one test.</summary>
public abstract class PathTrace
{
    /// <summary>Takes one step. Called on the thread of the actor that took it; must not block nor throw.</summary>
    public abstract void Record(in PathStep step);

    /// <summary>Takes one edge of an I/O request slot. Same rules.</summary>
    public virtual void Record(in SlotStep step)
    {
    }

    /// <summary>Takes a run of output that a port gave up. Same rules.</summary>
    public virtual void Record(in DropStep step)
    {
    }

    /// <summary>Takes bytes that a port got from its guest, each once. Same rules.</summary>
    public virtual void Taken(VmId vm, long bytes)
    {
    }

    /// <summary>Takes faults of a guest: what it did to a device that no driver should. Same rules.</summary>
    public virtual void Faulted(VmId vm, long count)
    {
    }

    /// <summary>Takes an actor's crash, or what followed it. Same rules; may come from the actor's supervisor.</summary>
    public virtual void Record(in LifeStep step)
    {
    }
}

/// <summary>One step of the path.</summary>
/// <param name="Hop">Which.</param>
/// <param name="Vm">Whose.</param>
/// <param name="Vcpu">vCPU, or -1 when the step isn't a vCPU's.</param>
/// <param name="Sequence">Sequence of the request, or 0.</param>
/// <param name="Access">The access, where there is one.</param>
/// <param name="Detail">What the step is about: a queue, port, vector, byte count.</param>
/// <param name="Name">A name that belongs to the detail (client, register, port, backend), or null. Never formatted by the caller.</param>
/// <param name="Device">The device that took the step, or that an access goes to; the default where no device did.</param>
public readonly record struct PathStep(PathHop Hop, VmId Vm, int Vcpu, ulong Sequence, IoAccess Access, long Detail = 0, string? Name = null, Bdf Device = default)
{
    /// <summary>Who took it, where the hop alone doesn't say it.</summary>
    public PathRoom At { get; init; }

    /// <summary>Index of the device's port, of a port's step.</summary>
    public int Port { get; init; }

    /// <summary>Who took it.</summary>
    public PathRoom Room => At == PathRoom.AsTheHopSays ? PathHopSpec.RoomOf(Hop) : At;
}
