using Actors.Protocol;

namespace Actors.Simulation;

/// <content>Requests, slots, hypervisor and HSM: F13 to F32.</content>
public static partial class FaultCatalog
{
    private const FaultSelects OfRequests = FaultSelects.Vm | FaultSelects.Vcpu | FaultSelects.Device;

    private static FaultKind[] Requests()
    {
        var asked = Names(LinkSite.HsmUpcall, LinkSite.VcpuExit, LinkSite.HsmDispatch, LinkSite.DeviceAccess);
        var done = Names(LinkSite.HsmComplete, LinkSite.VcpuResume, LinkSite.DmComplete, LinkSite.DeviceResult);
        var late = Names(
            LinkSite.DmComplete, LinkSite.DeviceResult, LinkSite.HsmComplete, LinkSite.VcpuResume, LinkSite.IrqRaise, LinkSite.IrqInject, LinkSite.VcpuInterrupt,
            LinkSite.HsmDoorbell, LinkSite.PortWrite, LinkSite.PortEvent);
        var field = Choice("field", "What of it is changed; any: drawn.", "any", "value", "size", "direction", "sequence", "epoch", "vcpu");
        var bit = Drawn("bit", "uniform(0, 7)", "Which bit of it is turned.");
        return
        [
            new("F13", "drop", asked, "A request is lost on its way; its slot stays where it is.", "H3", OfRequests, ["I3", "I6", "L1"], []),
            new("F14", "duplicate", asked, "A request comes more than once.", "H3/H4", OfRequests, ["I5"], [Copies, Gap]),
            new("F15", "reorder", asked, "A request is overtaken by those of other vCPUs.", "H3", OfRequests, ["I26"], [Window, Cap]),
            new("F15", "delay", asked, "A request is late.", "H3", OfRequests, ["I26", "L1"], [Delay, Cap]),
            new("F15", "hold", asked, "Requests are held back, and come in order when the fault heals.", "H3", OfRequests, ["I26", "L1"], [Held]),
            new("F16", "reorder-own", asked, "A request comes again behind the next one of its own vCPU.", "H3", OfRequests, ["I26", "I4"], [Cap]),
            new("F17", "stuck", Names(LinkSite.DmComplete, LinkSite.DeviceResult, LinkSite.HsmComplete), "A request is never answered, however often it is asked, until the fault heals.", "H5", OfRequests, ["I6", "L1", "L2"], [Time("duration", "300ms", "For how long.")]),
            new("F18", "error", Names(LinkSite.HsmDispatch), "The client fails on a request; its slot stays PROCESSING.", "H4", OfRequests, ["I6", "I23"], [Drawn("count", "1", "How often it fails on it, repetitions too.")]),
            new("F18", "refuse", Names(LinkSite.VmControl), "A registration is answered with an error.", "H4", FaultSelects.Vm, ["I6", "I23"], [Choice("errno", "Which.", "ENOMEM", "EINVAL", "EEXIST", "EBUSY", "ENODEV")]),
            new("F19", "stale", late, "A message of an old epoch comes behind the next reset, or when faults heal.", "H5", OfRequests | FaultSelects.Port | FaultSelects.Vector, ["I5", "I19"], [Choice("as", "Whether the message itself waits, or a copy of it.", "copy", "original")]),
            new("F19", "delay", done, "An answer is late.", "H5", OfRequests, ["I5", "I19", "L1"], [Delay, Cap]),
            new("F19", "hold", done, "Answers are held back, and come in order when the fault heals.", "H5", OfRequests, ["I5", "I19", "L1"], [Held]),
            new("F19", "reorder", done, "An answer is overtaken by others.", "H5", OfRequests, ["I5", "I19", "L1"], [Window, Cap]),
            new("F20", "corrupt", [.. done, .. asked], "A request or its answer arrives changed.", "H5", OfRequests, ["I27"], [field, bit]),
            new("F21", "drop", done, "An answer is lost; its vCPU isn't woken.", "H5", OfRequests, ["I6", "L1"], []),
            new("F22", "duplicate", done, "An answer comes more than once.", "H5", OfRequests, ["I3", "I5"], [Copies, Gap]),
            new("F23", "crash", [FaultSites.Vcpu], "A vCPU crashes with its request in flight.", "H2", FaultSelects.Vm | FaultSelects.Vcpu, ["I3", "L2"], [Point, Restart]),
            new("F23", "kill", [FaultSites.Vcpu], "A vCPU is killed with its request in flight.", "H2", FaultSelects.Vm | FaultSelects.Vcpu, ["I3", "L2"], [Point, Restart]),
            new("F24", "pause", [FaultSites.Vcpu], "A vCPU doesn't run for a while.", "H2", FaultSelects.Vm | FaultSelects.Vcpu, ["L1"], [Length]),
            new("F25", "crash", [FaultSites.Hypervisor], "The hypervisor's actor of a VM crashes with requests in flight.", "H2-H5", FaultSelects.Vm, ["I3", "I5", "I19", "L2"], [Point, Restart]),
            new("F25", "kill", [FaultSites.Hypervisor], "The hypervisor's actor of a VM is killed with requests in flight.", "H2-H5", FaultSelects.Vm, ["I3", "I5", "I19", "L2"], [Point, Restart]),
            new("F26", "crash", [FaultSites.Hsm], "The HSM's actor of a VM crashes; its range tables are lost or kept, as its supervision says.", "H3/H4", FaultSelects.Vm, ["I7", "L1"], [Point, Restart]),
            new("F26", "kill", [FaultSites.Hsm], "The HSM's actor of a VM is killed.", "H3/H4", FaultSelects.Vm, ["I7", "L1"], [Point, Restart]),
            new("F26", "late-register", Names(LinkSite.VmControl), "Registrations reach the range tables late.", "H3/H4", FaultSelects.Vm, ["I7", "L1"], [Time("delay", "exp(5ms)", "By how much."), Cap]),
            new("F26", "lose-register", Names(LinkSite.VmControl), "A registration is lost: tables are rebuilt in part.", "H3/H4", FaultSelects.Vm, ["I7", "L1"], []),
            new("F27", "race", Names(LinkSite.HsmUpcall), "A doorbell's range is removed and added again while a request that it matches is in flight.", "H4", FaultSelects.Vm, ["I7"], [Time("gap", "1ms", "How long it is away."), Choice("side", "On which side of the request it goes.", "before", "behind")]),
            new("F28", "shadow", Names(LinkSite.VmControl), "A second range is registered over a doorbell's.", "H4", FaultSelects.Vm, ["I7"], [Choice("shape", "How they overlap.", "same", "wider", "inner"), Time("duration", "10ms", "For how long.")]),
            new("F29", "no-client", Names(LinkSite.HsmUpcall), "The default client is missing while a slot is PENDING.", "H4", FaultSelects.Vm, ["I7", "L1"], [Time("gap", "1ms", "How long it is away.")]),
            new("F30", "no-page", Names(LinkSite.HsmUpcall), "An upcall for a VM that has no page of requests.", "H3", FaultSelects.Vm, ["I8"], [Choice("position", "Before the real one or behind it.", "first", "last")]),
            new("F31", "overrun", Names(LinkSite.HsmDispatch), "Requests are cleared while one is in flight whose answer takes longer than the clearing may.", "H4", FaultSelects.Vm, ["I19", "L2"], [Time("duration", "200ms", "How long the answer takes.")]),
            new("F32", "ring-full", Names(LinkSite.HsmComplete), "The asyncio ring isn't drained, and becomes full.", "H2", FaultSelects.Vm, ["I17", "I21"], [Time("duration", "20ms", "For how long.")]),
        ];
    }

    private static FaultParameter Point => Choice(
        "point", "How far the request is: the slot's last edge.", "any", "free", "pending", "processing", "complete");

    private static FaultParameter Restart => Time("restart", "0s", "How long it takes until it goes on.");

    private static FaultParameter Length => Time("length", "exp(5ms)", "For how long.");
}
