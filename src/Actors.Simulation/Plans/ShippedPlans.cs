using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The plans in the box, as they were when this was built: <c>scenarios/*.chaos.yaml</c>.</summary>
public static class ShippedPlans
{
    /// <summary>Their names, in order.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. typeof(ShippedPlans).Assembly.GetManifestResourceNames()
            .Where(resource => resource.EndsWith(PlanFile.Extension, StringComparison.Ordinal))
            .Select(resource => resource[..^PlanFile.Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Reads one: with its mistakes, should there be any.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="ArgumentException">There is no such plan in the box.</exception>
    public static PlanReading Read(string name)
    {
        using var stream = typeof(ShippedPlans).Assembly.GetManifestResourceStream(name + PlanFile.Extension)
            ?? throw new ArgumentException($"There is no plan '{name}' in the box.", nameof(name));
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return PlanFile.Parse(name + PlanFile.Extension, content);
    }

    /// <summary>One that is known to be right.</summary>
    /// <exception cref="ArgumentException">There is no such plan in the box, or it has mistakes.</exception>
    public static Plan Find(string name)
    {
        var reading = Read(name);
        return reading.Plan ?? throw new ArgumentException(reading.Errors[0].ToString(), nameof(name));
    }
}
