namespace Actors.Cluster;

/// <summary>A node that can't be started; the message is one sentence for a person.</summary>
public sealed class NodeStartException : Exception
{
    /// <summary>Makes the exception.</summary>
    public NodeStartException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    public NodeStartException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes the exception.</summary>
    public NodeStartException()
    {
    }
}
