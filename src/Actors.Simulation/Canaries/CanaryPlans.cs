using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Small plans without faults on which flaws show.</summary>
internal static class CanaryPlans
{
    /// <summary>A guest sends, more than fits into its queue at once: so the backend is called several times.</summary>
    public static Plan Output { get; } = WithBytes(Of("output", "console-write", ("chain", "64")), 12 * 1024);

    /// <summary>A guest sends in chains of several descriptors, not indirect ones.</summary>
    public static Plan Fragments { get; } = Of("fragments", "console-write", ("framing", "multi"));

    /// <summary>A guest is fed.</summary>
    public static Plan Input { get; } = Of("input", "console-input");

    /// <summary>A guest resets its device while it sends.</summary>
    public static Plan Resets { get; } = Of("resets", "reset-loop");

    /// <summary>A guest writes features of a live device.</summary>
    public static Plan Renegotiation { get; } = Of("renegotiation", "raw-console", ("act", "renegotiate"));

    /// <summary>A guest writes size and addresses of a live queue.</summary>
    public static Plan LiveResize { get; } = Of("live-resize", "raw-console", ("act", "resizeLive"));

    /// <summary>A guest masks its queue's interrupts, and opens them when one is pending.</summary>
    public static Plan Masked { get; } = Of("masked", "raw-console", ("act", "mask"));

    private static Plan WithBytes(Plan plan, long bytes) => plan with { Workload = plan.Workload with { Bytes = bytes } };

    /// <summary>A plan of a workload.</summary>
    public static Plan Of(string name, string kind, params ReadOnlySpan<(string Name, string Value)> options)
    {
        var workload = new PlanWorkload { Kind = kind };
        foreach (var (option, value) in options)
            workload = workload with { Options = workload.Options.SetItem(option, value) };
        return new Plan
        {
            Name = name,
            Topology = new PlanTopology { Devices = [new PlanDevice { Transport = VirtioTransportKind.Modern, Policy = PortPolicy.Block }] },
            Workload = workload,
        };
    }
}
