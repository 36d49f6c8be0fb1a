using Xunit;
using Xunit.Sdk;

namespace Actors.TestKit;

/// <summary>
/// A test that takes a <see cref="SimWorld"/> and is run once for each seed. It fails with the first seed that fails, or when a fault that it names never struck and a
/// point that it names was never reached. With the variable ACTORS_SEED only that seed is run.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Actors.TestKit.SimFactDiscoverer", "Actors.TestKit")]
public class SimFactAttribute : FactAttribute
{
    /// <summary>Seeds, at least 1.</summary>
    public int Seeds { get; set; } = 100;

    /// <summary>The first seed.</summary>
    public ulong From { get; set; } = 1;

    /// <summary>Whether it's fine that a fault never strikes or a point is never reached.</summary>
    public bool MayBeVacuous { get; set; }
}

/// <summary>A <see cref="SimFactAttribute"/> whose worlds begin with a plan file; a test case for each file.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Actors.TestKit.SimTheoryDiscoverer", "Actors.TestKit")]
public sealed class SimTheoryAttribute : SimFactAttribute
{
    /// <summary>The plan file, from the test assembly's folder; <c>*</c> in its last part stands for any characters.</summary>
    public string Plan { get; set; } = string.Empty;
}
