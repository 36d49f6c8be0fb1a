namespace Actors.Hsm;

/// <summary>What a client made of a request.</summary>
public readonly struct IoreqResult
{
    private IoreqResult(IoreqOutcome outcome, ulong value)
    {
        Outcome = outcome;
        Value = value;
    }

    /// <summary>Not this client's after all: the search goes on to older clients and the default client.</summary>
    public static IoreqResult NotMine => new(IoreqOutcome.NotMine, 0);

    /// <summary>An <see cref="IoreqClientDone"/> will follow; the vCPU waits.</summary>
    public static IoreqResult Later => new(IoreqOutcome.Later, 0);

    /// <summary>It can't be done: a read gives all ones, a write is dropped, and the failure is counted. The vCPU goes on.</summary>
    public static IoreqResult Failed => new(IoreqOutcome.Failed, 0);

    /// <summary>A write is done.</summary>
    public static IoreqResult Done => new(IoreqOutcome.Completed, 0);

    internal IoreqOutcome Outcome { get; }

    internal ulong Value { get; }

    /// <summary>A read gives <paramref name="value"/>, cut to the size of the access.</summary>
    public static IoreqResult Completed(ulong value) => new(IoreqOutcome.Completed, value);
}
