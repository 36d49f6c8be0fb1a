using Akka.Actor;

namespace Actors.Cli;

/// <summary>The nodes that a test uses, and the actor system from which it speaks to them.</summary>
internal interface IScaleNodes : IAsyncDisposable
{
    /// <summary>The test's own actor system, or that of the only node.</summary>
    ActorSystem System { get; }

    /// <summary>host:port of nodes that are there at the beginning.</summary>
    IReadOnlyList<string> Addresses { get; }

    /// <summary>host:port of nodes that should be there and don't answer; they are asked on.</summary>
    IReadOnlyList<string> Silent => [];

    /// <summary>True when the nodes end with the test: then their VMs need not be ended one by one.</summary>
    bool EndsWithTest { get; }

    /// <summary>True when nodes and clients have certificates.</summary>
    bool UsesTls { get; }

    /// <summary>Is called with a node's address and a sentence when a node ended by itself. Set before <see cref="StartAsync"/>.</summary>
    Action<string, string>? Lost { get; set; }

    /// <summary>Starts nodes, or finds them.</summary>
    /// <exception cref="NodesMissingException">There are none, in a sentence for a person.</exception>
    Task StartAsync(CancellationToken stop);
}

/// <summary>Nodes can't be started or found; the message is one sentence for a person.</summary>
internal sealed class NodesMissingException : Exception
{
    public NodesMissingException(string message)
        : base(message)
    {
    }

    public NodesMissingException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public NodesMissingException()
    {
    }
}
