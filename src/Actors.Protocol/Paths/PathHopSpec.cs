using System.Reflection;

namespace Actors.Protocol;

/// <summary>What <see cref="AcrnNameAttribute"/> says about each hop, ready to look up.</summary>
public static class PathHopSpec
{
    private static readonly AcrnNameAttribute[] Hops =
        [.. Enum.GetValues<PathHop>().Select(hop => typeof(PathHop).GetField(hop.ToString())!.GetCustomAttribute<AcrnNameAttribute>()!)];

    /// <summary>Hops there are; they are numbered from 0.</summary>
    public static int Count => Hops.Length;

    /// <summary>Functions of ACRN or Linux, caller first.</summary>
    public static string FunctionOf(PathHop hop) => Hops[(int)hop].Name;

    /// <summary>Stable name of the place, such as <c>hsm.dispatch</c>.</summary>
    public static string SiteOf(PathHop hop) => Hops[(int)hop].Site;

    /// <summary>Who takes its steps, unless a step says it itself.</summary>
    public static PathRoom RoomOf(PathHop hop) => Hops[(int)hop].Room;
}
