namespace Actors.Hsm;

/// <summary>Kinds of <see cref="IoreqResult"/>. A default result is a failure, not a success.</summary>
internal enum IoreqOutcome : byte
{
    /// <summary>An error of the handler.</summary>
    Failed,

    /// <summary>Finished.</summary>
    Completed,

    /// <summary>Finished later.</summary>
    Later,

    /// <summary>For somebody else.</summary>
    NotMine,
}
