namespace Actors.Simulation;

/// <summary>Judges a run by reading its trace. Knows the specification, nothing of the implementation.</summary>
public abstract class Oracle : WorldObserver
{
    /// <summary>Its id, such as <c>I14</c>.</summary>
    public abstract string Id { get; }

    /// <summary>What it demands, in one sentence.</summary>
    public abstract string Statement { get; }

    /// <summary>Whether this oracle has something to say about a plan (for instance, a byte oracle of a policy that the plan doesn't use has not).</summary>
    public virtual bool Applies(Plan plan) => true;

    /// <summary>The world that is judged; set by <see cref="OnBegin"/>.</summary>
    protected World World { get; private set; } = null!;

    /// <inheritdoc/>
    public override void OnBegin(World world) => World = world;

    /// <summary>Reports that the demand was not met. The run goes on; only the first violation of each oracle counts.</summary>
    /// <param name="moment">When.</param>
    /// <param name="what">One sentence with the numbers that matter.</param>
    protected void Violate(in Moment moment, string what) => World.Report(new Violation(Id, what, moment));
}

/// <summary>A demand that was not met.</summary>
/// <param name="Oracle">Id of the oracle.</param>
/// <param name="What">One sentence.</param>
/// <param name="Moment">When it was seen.</param>
public sealed record Violation(string Oracle, string What, Moment Moment);
