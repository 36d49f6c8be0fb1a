namespace Actors.TestKit;

/// <summary>A demand of a test on a machine was not met. The message says which, shows what was expected and what happened, and how to see it again.</summary>
public sealed class MachineFailureException : Exception
{
    /// <summary>Makes one of a message.</summary>
    public MachineFailureException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one of a message and what led to it.</summary>
    public MachineFailureException(string message, Exception inner)
        : base(message, inner)
    {
    }

    internal MachineFailureException(string message, Exception? inner, IReadOnlyList<string> files)
        : base(message, inner) => Files = files;

    /// <summary>Files that the failure left: the log of the run's choices, if it can be replayed, and the recording.</summary>
    public IReadOnlyList<string> Files { get; } = [];
}
