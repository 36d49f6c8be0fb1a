using System.Reflection;
using Xunit.Sdk;

namespace Actors.TestKit;

/// <summary>
/// Runs a theory once for each of some seeds: <c>[Theory, Seeds(20)] public void Test(ulong seed)</c>, with <see cref="MachineBuilder.Seed"/>. With <c>ACTORS_SEED</c> in the
/// environment it is that one alone, with <c>ACTORS_REPLAY</c> the seed of the log.
/// </summary>
/// <param name="count">How many seeds.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SeedsAttribute(int count) : DataAttribute
{
    /// <summary>How many seeds.</summary>
    public int Count { get; } = count;

    /// <summary>The first seed.</summary>
    public ulong From { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod)
    {
        ArgumentNullException.ThrowIfNull(testMethod);
        var surroundings = TestSurroundings.OfProcess;
        if ((surroundings.LogOf($"{testMethod.ReflectedType?.FullName}.{testMethod.Name}")?.Seed ?? surroundings.Seed) is { } only)
            return [[only]];
        return Enumerable.Range(0, Count).Select(index => new object[] { From + (ulong)index });
    }
}
