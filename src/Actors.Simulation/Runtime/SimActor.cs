using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Actors.Simulation;

/// <summary>
/// An actor as the world sees it: its number, and its queue of messages, of which one is given out a step. The number counts actors in order of
/// creation, so it is the same in every process.
/// </summary>
internal sealed class SimActor(SimHost host, IActorRef reference, int number) : IMessageQueue, IUnboundedMessageQueueSemantics
{
    private readonly Queue<(Envelope Envelope, int Send)> _messages = new();

    /// <summary>Its number; what is ready in the same step is ordered by it.</summary>
    public int Number { get; } = number;

    /// <summary>The actor.</summary>
    public IActorRef Reference { get; } = reference;

    /// <summary>What runs it: its mailbox, while it is ready.</summary>
    public IRunnable? Runnable { get; set; }

    /// <summary>Step in which it became ready.</summary>
    public long ReadySince { get; set; }

    /// <summary>Number that a strategy keeps for it.</summary>
    public ulong Priority { get; set; }

    /// <summary>The strategy that set <see cref="Priority"/>; an earlier run's strategy is another. Null: none.</summary>
    public ScheduleStrategy? PriorityOf { get; set; }

    /// <summary>How many faults keep it from going on (starvation, pauses, blocking).</summary>
    public int Holds { get; set; }

    /// <summary>What each message costs it, ticks; 0: nothing.</summary>
    public long Slowness { get; set; }

    /// <summary>The logical node that it belongs to; -1: none.</summary>
    public int Node { get; set; } = -1;

    /// <summary>Its process is gone: it takes nothing any more, and nothing reaches it.</summary>
    public bool IsDead { get; set; }

    /// <summary>Messages taken in this run.</summary>
    public long Taken { get; private set; }

    /// <summary>True once the actor has ended.</summary>
    public bool IsOver { get; private set; }

    /// <inheritdoc/>
    public bool HasMessages => _messages.Count > 0;

    /// <inheritdoc/>
    public int Count => _messages.Count;

    /// <summary>The object behind the reference, to look at while the world stands still; null before it is made and while it is made anew.</summary>
    public ActorBase? Instance => Reference is LocalActorRef { Cell: { } cell } ? InstanceOf(cell) : null;

    /// <summary>The next message, or null.</summary>
    public object? Next => _messages.TryPeek(out var next) ? next.Envelope.Message : null;

    /// <inheritdoc/>
    public void Enqueue(IActorRef receiver, Envelope envelope)
    {
        if (host.Posting(this, envelope, out var send))
            _messages.Enqueue((envelope, send));
    }

    /// <summary>Gives out one message a run of the mailbox: that is a step.</summary>
    public bool TryDequeue(out Envelope envelope)
    {
        envelope = default;
        if (!host.MayTake(this) || !_messages.TryPeek(out var next))
            return false;
        switch (host.Before(this, next.Envelope.Message, out var instead))
        {
            case Simulation.Taking.Nothing:
                return false;
            case Simulation.Taking.OtherAndLose:
                _messages.Dequeue();
                goto case Simulation.Taking.Other;
            case Simulation.Taking.Other:
                host.Taking(this, instead, 0);
                envelope = instead;
                return true;
        }

        _messages.Dequeue();

        Taken++;
        envelope = next.Envelope;
        host.Taking(this, envelope, next.Send);
        return true;
    }

    /// <inheritdoc/>
    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        IsOver = true;
        while (_messages.TryDequeue(out var left))
            deadletters.Enqueue(owner, left.Envelope);
    }

    /// <summary>Akka shows an actor's object to its own test kit only.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorBase? InstanceOf(ActorCell cell);
}
