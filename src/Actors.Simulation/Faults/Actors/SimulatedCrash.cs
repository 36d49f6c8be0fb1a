using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A crash that a plan asked for.</summary>
internal sealed class SimulatedCrashException : Exception
{
    /// <summary>Makes the exception.</summary>
    public SimulatedCrashException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    public SimulatedCrashException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes the exception.</summary>
    public SimulatedCrashException()
    {
    }
}

/// <summary>
/// Sender of an <see cref="Identify"/> on which its receiver crashes: Akka answers it in the receiver's place, inside the receiver, and telling this reference
/// throws. So an actor crashes as from a defect of its own, before any of its code ran.
/// </summary>
internal sealed class CrashingSender(string reason, ActorPath path) : ActorRefBase
{
    /// <inheritdoc/>
    public override ActorPath Path { get; } = path;

    /// <inheritdoc/>
    protected override void TellInternal(object message, IActorRef sender) => throw new SimulatedCrashException(reason);
}
