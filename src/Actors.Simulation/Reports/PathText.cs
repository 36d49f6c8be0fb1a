using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What stands at a step of the path.</summary>
internal static class PathText
{
    /// <summary>The hop, the access where it begins or ends, and what it is about.</summary>
    public static string Of(in PathStep step)
    {
        var text = step.Hop.ToString();
        if (step.Hop is PathHop.VmExit or PathHop.AsyncioKick && step.Access.Size != 0)
            text += $" #{step.Sequence.ToString(CultureInfo.InvariantCulture)} {step.Access}";
        else if (step.Hop is PathHop.VmEntry)
            text += $" #{step.Sequence.ToString(CultureInfo.InvariantCulture)}";
        if (step.Name is not null)
            text += $" {step.Name}";
        if (step.Detail != 0 && step.Hop is not PathHop.IoeventfdHandler)
            text += string.Create(CultureInfo.InvariantCulture, $" {step.Detail}");
        return text;
    }
}
