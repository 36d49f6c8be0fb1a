using Actors.Protocol;

namespace Actors.Simulation;

/// <content>Interrupts and notifications: F01 to F12.</content>
public static partial class FaultCatalog
{
    private const FaultSelects OfInterrupts = FaultSelects.Vm | FaultSelects.Vcpu | FaultSelects.Device | FaultSelects.Vector;

    private const FaultSelects OfDoorbells = FaultSelects.Vm | FaultSelects.Device | FaultSelects.Queue;

    private static FaultKind[] Interrupts()
    {
        var raised = Names(LinkSite.IrqRaise, LinkSite.IrqInject, LinkSite.VcpuInterrupt);
        var sources = Names(LinkSite.IrqRaise, LinkSite.IrqInject);
        var seen = Names(LinkSite.IrqSeen, LinkSite.IrqAcknowledge);
        var doorbells = Names(LinkSite.HsmDoorbell);
        var credit = Names(LinkSite.DoorbellCredit);
        return
        [
            new("F01", "drop", [.. raised, .. seen], "An interrupt, or the word that it was seen, is lost.", "H8", OfInterrupts, ["I14", "L7", "L3"], []),
            new("F02", "duplicate", [.. raised, .. seen], "An interrupt comes more than once.", "H8", OfInterrupts, ["I14", "I15"], [Copies, Gap]),
            new("F03", "spurious", sources, "An interrupt for which there is no reason, with the vector of the last one.", "H8", OfInterrupts, ["I15"], [Copies, Gap]),
            new("F03", "storm", sources, "A series of interrupts for which there is no reason.", "H8", OfInterrupts, ["I15", "I21", "L1"], [Rate, Duration]),
            new("F04", "delay", [.. raised, .. seen], "An interrupt is late.", "H8", OfInterrupts, ["L1", "L7", "I14"], [Delay, Cap]),
            new("F04", "hold", [.. raised, .. seen], "Interrupts are held back, and come in order when the fault heals.", "H8", OfInterrupts, ["L1", "L7", "I14"], [Held]),
            new("F04", "reorder", [.. raised, .. seen], "An interrupt is overtaken by others.", "H8", OfInterrupts, ["L1", "L7", "I14"], [Window, Cap]),
            new(
                "F05",
                "early",
                Names(LinkSite.IrqRaise),
                "The interrupt reaches the guest before the used index that it is about.",
                "H8/H1",
                FaultSelects.Vm,
                ["I11"],
                [Time("delay", "200us", "How much later than the interrupt the index can be seen."), Choice("again", "Whether the interrupt comes once more then, without which a guest that looked too early waits for the next.", "yes", "no")]),
            new("F06", "coalesce", raised, "An interrupt and the next with its vector become one.", "H8", OfInterrupts, ["I14"], [Time("within", "1ms", "How long the first waits for the next.")]),
            new(
                "F07",
                "misroute",
                sources,
                "An interrupt comes with the wrong vector, or at the wrong vCPU; the right one is lost.",
                "H8",
                OfInterrupts,
                ["I14", "I22"],
                [Choice("as", "What is wrong.", "vector", "vcpu"), Drawn("by", "uniform(1, 15)", "By how much.")]),
            new(
                "F08",
                "lose-pending",
                Names(LinkSite.IrqRaise),
                "An MSI-X vector is masked and unmasked; what became pending meanwhile is lost.",
                "H8",
                FaultSelects.Vm | FaultSelects.Device,
                ["I14"],
                [Time("mask", "1ms", "How long it is masked.")]),
            new("F09", "drop", [.. doorbells, .. credit], "A queue's kick, or the credit for kicks, is lost.", "H4", OfDoorbells, ["I17", "L3"], []),
            new("F09", "delay", [.. doorbells, .. credit], "A queue's kick is late.", "H4", OfDoorbells, ["I17", "L3"], [Delay, Cap]),
            new("F09", "hold", [.. doorbells, .. credit], "Kicks are held back, and come in order when the fault heals.", "H4", OfDoorbells, ["I17", "L3"], [Held]),
            new("F09", "reorder", [.. doorbells, .. credit], "A kick is overtaken by others.", "H4", OfDoorbells, ["I17", "L3"], [Window, Cap]),
            new("F10", "duplicate", [.. doorbells, .. credit], "A kick comes more than once.", "H4", OfDoorbells, ["I17", "I22"], [Copies, Gap]),
            new("F10", "kick", [FaultSites.GuestAccess], "A kick for which there is no reason, or for a queue that isn't there.", "H4", FaultSelects.Vm | FaultSelects.Device, ["I17", "I22"], [Drawn("queue", "uniform(0, 40)", "Which queue.")]),
            new("F11", "storm", doorbells, "A series of kicks for which there is no reason.", "H4", OfDoorbells, ["I21", "I23", "L1"], [Rate, Duration]),
            new("F12", "drop-config", Names(LinkSite.IrqRaise), "The interrupt for a change of the configuration is lost.", "H8", FaultSelects.Vm | FaultSelects.Device, ["I16"], []),
            new("F12", "torn-read", [FaultSites.GuestAccess], "The configuration changes between two reads of it.", "H8", FaultSelects.Vm | FaultSelects.Device, ["I16"], [Number("port", "0", "Port whose size changes.")]),
        ];
    }

    private static FaultParameter Copies => Drawn("copies", "1", "How many more.");

    private static FaultParameter Gap => Time("gap", "0s", "Time between one and the next.");

    private static FaultParameter Delay => Time("delay", "exp(1ms)", "By how much.");

    private static FaultParameter Cap => Time("cap", "1s", "How long at most.");

    private static FaultParameter Held => Time("hold", "5ms", "How long they are held.");

    private static FaultParameter Rate => Number("rate", "2000", "How many in a second of virtual time.");

    private static FaultParameter Duration => Time("duration", "10ms", "For how long.");

    private static FaultParameter Window => Drawn("overtakers", "uniform(1, 4)", "Messages of the link that overtake it.");
}
