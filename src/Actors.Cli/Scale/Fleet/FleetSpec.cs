using System.Globalization;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The VMs of a plan.</summary>
internal static class FleetSpec
{
    /// <summary>Name of the port of each VM.</summary>
    public const string Port = "data";

    private static readonly Bdf Slot = new(0, 3, 0);

    /// <summary>A VM.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="vm">Which.</param>
    /// <param name="path">Where its port's bytes go, as its backend writes it; null where none go.</param>
    public static VmSpec Of(ScalePlan plan, VmId vm, string? path) => new(vm, 1, (ulong)plan.MemoryBytes, Guest(plan, vm), [new ConsoleDeviceSpec(Slot, [PortOf(plan, path)])]);

    private static ConsolePortSpec PortOf(ScalePlan plan, string? path) => plan.Backend switch
    {
        ScaleBackend.Socket => new ConsolePortSpec(Port, plan.IsConsole, BackendKind.Socket, path, SocketRole.Client, plan.Policy),
        ScaleBackend.Stream => new ConsolePortSpec(Port, plan.IsConsole, BackendKind.Stream, path, SocketRole.Client, plan.Policy),
        _ => new ConsolePortSpec(Port, plan.IsConsole || !plan.HasTraffic, BackendKind.Memory, null, SocketRole.Client, plan.Policy),
    };

    private static GuestSpec Guest(ScalePlan plan, VmId vm) => plan.Guest switch
    {
        ScaleGuest.Echo => new GuestSpec("echo", [Port]),
        ScaleGuest.Lines => new GuestSpec("lines", [Port, Text(VmTraffic.KeyOf(vm)), Text(plan.LinesPerVm), Text(plan.LineBytes)]),
        ScaleGuest.Exits => new GuestSpec("exits", [Text(long.MaxValue)]),
        _ => new GuestSpec("idle", []),
    };

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
