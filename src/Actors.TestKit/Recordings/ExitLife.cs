using Actors.Hsm;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>What the life of an exit looks like when all is well, by the way that it takes (docs/path.md).</summary>
internal static class ExitLife
{
    private static readonly PathHop[] ToDispatch =
    [
        PathHop.VmExit, PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler, PathHop.IoreqDispatch, PathHop.WakeClient,
    ];

    /// <summary>The service's side says that it is finished, the hypervisor's hears it.</summary>
    private static readonly PathHop[] Back = [PathHop.NotifyRequestFinish, PathHop.NotifyRequestFinish, PathHop.PostWork, PathHop.VmEntry];

    private static readonly PathHop[] Interrupt = [PathHop.EndChains, PathHop.DeviceInterrupt, PathHop.InjectInterrupt, PathHop.InjectInterrupt, PathHop.VcpuInterrupt];

    /// <summary>The expected steps for a test that waited for one.</summary>
    /// <param name="life">What happened from the exit on.</param>
    /// <param name="wanted">The step that the test waited for, or null.</param>
    public static PathHop[] Expected(IReadOnlyList<HopEvent> life, PathHop? wanted)
    {
        var main = Main(life, wanted);
        if (wanted is not { } hop || main.Contains(hop))
            return main;
        if (IsOwnClient(life))
            return hop == PathHop.VcpuInterrupt ? [.. main, PathHop.InjectInterrupt, PathHop.InjectInterrupt, PathHop.VcpuInterrupt] : [.. main, hop];
        PathHop[] device = hop switch
        {
            PathHop.NotifyRx => [PathHop.NotifyRx],
            PathHop.BackendRead => [PathHop.NotifyRx, PathHop.BackendRead],
            PathHop.ControlTx or PathHop.ControlSend => [PathHop.NotifyTx, PathHop.ControlTx, PathHop.ControlSend],
            PathHop.BackendWrite or PathHop.NotifyTx => [PathHop.NotifyTx, PathHop.BackendWrite],
            PathHop.NotifyQueue => [PathHop.NotifyQueue],
            _ when life.Any(happened => happened.Hop == PathHop.NotifyTx) || !life.Any(happened => happened.Hop == PathHop.NotifyRx) => [PathHop.NotifyTx, PathHop.BackendWrite],
            _ => [PathHop.NotifyRx, PathHop.BackendRead],
        };
        var isDoorbell = main.Contains(PathHop.IoeventfdHandler) || main.Contains(PathHop.AsyncioKick);
        PathHop[] tail = [.. isDoorbell ? [PathHop.IothreadHandler] : Array.Empty<PathHop>(), .. device, .. Interrupt];
        var end = Array.LastIndexOf(tail, hop);
        return end < 0 ? [.. main, hop] : [.. main, .. tail[..(end + 1)]];
    }

    /// <summary>What happened to an exit and after it, without the steps of other requests.</summary>
    public static IReadOnlyList<HopEvent> Of(Recording recording, IoExitEvent exit) =>
        [.. recording.After(exit.Sequence - 1).Where(happened => happened is not SlotEvent
            && (happened.Request == 0 || happened.Vcpu < 0 || (happened.Vcpu == exit.Vcpu && happened.Request == exit.Request)))];

    /// <summary>Whether an ioreq client of the test's own has it: neither the doorbells' nor the device model's.</summary>
    private static bool IsOwnClient(IReadOnlyList<HopEvent> life) => life.OfType<IoRequestEvent>().Any(request => request.Client is { } client
        && client != HsmSpec.DefaultClientName && !client.StartsWith(HsmSpec.IoeventfdClientPrefix, StringComparison.Ordinal));

    private static PathHop[] Main(IReadOnlyList<HopEvent> life, PathHop? wanted)
    {
        var steps = life.Select(happened => happened.Hop).ToHashSet();
        if (steps.Contains(PathHop.HypervisorHandler))
            return [PathHop.VmExit, PathHop.EmulateIo, PathHop.HypervisorHandler, PathHop.VmEntry];
        if (steps.Contains(PathHop.AsyncioKick))
            return [PathHop.VmExit, PathHop.EmulateIo, PathHop.AsyncioKick, PathHop.IoeventfdHandler];
        if (IsOwnClient(life))
            return [.. ToDispatch, PathHop.IoreqTask, .. Back];
        if (!steps.Contains(PathHop.VmLoop) && wanted is not (PathHop.VmLoop or PathHop.PciConfigAccess or PathHop.PciEmulMemHandler or PathHop.PciEmulIoHandler or PathHop.VirtioPciRead or PathHop.VirtioPciWrite))
            return [.. ToDispatch, PathHop.IoreqTask, PathHop.IoeventfdHandler, .. Back];
        var access = life.OfType<IoExitEvent>().FirstOrDefault()?.Access ?? default;
        PathHop range = steps.Contains(PathHop.PciConfigAccess) || wanted == PathHop.PciConfigAccess ? PathHop.PciConfigAccess
            : access.Type == IoRequestType.PortIo ? PathHop.PciEmulIoHandler : PathHop.PciEmulMemHandler;
        return range == PathHop.PciConfigAccess
            ? [.. ToDispatch, PathHop.VmLoop, range, .. Back]
            : [.. ToDispatch, PathHop.VmLoop, range, access.IsWrite ? PathHop.VirtioPciWrite : PathHop.VirtioPciRead, .. Back];
    }
}
