using Actors.Protocol;

namespace Actors.Simulation;

/// <content>Actors, mailboxes, timers, schedule: F71 to F75.</content>
public static partial class FaultCatalog
{
    private static FaultKind[] Runtime()
    {
        const FaultSelects everybody = FaultSelects.Vm | FaultSelects.Vcpu | FaultSelects.Device | FaultSelects.Port;
        string[] timer = [FaultSites.Timer];
        var rest = Names(LinkSite.PortWrite, LinkSite.PortEvent, LinkSite.VmControl, LinkSite.MemoryExchange, LinkSite.MemoryAnswer);
        string[] overflowing = [FaultSites.Mailbox, .. rest];
        var path = Text("path", "*", "Path of the actor below /user, * stands for anything.");
        return
        [
            new("F71", "early", [.. timer], "A timer runs early.", "H9", everybody, ["L1", "I6"], [Time("by", "uniform(1ms, 200ms)", "By how much."), path]),
            new("F71", "late", [.. timer], "A timer runs late.", "H9", everybody, ["L1", "I6"], [Time("by", "exp(50ms)", "By how much."), path]),
            new("F71", "lose", [.. timer], "A timer doesn't run until the fault heals.", "H9", everybody, ["L1", "I6"], [path]),
            new("F71", "duplicate", [.. timer], "A timer runs twice.", "H9", everybody, ["L1", "I6"], [path]),
            new("F72", "drop", [.. overflowing], "A mailbox is full: a message is lost. Where the plan is recoverable only one that is repeated.", "H9", everybody, ["I21", "I26"], [Number("capacity", "0", "Messages that the mailbox holds; fewer: nothing is lost."), path]),
            new("F72", "delay", [.. rest], "A message is late.", "H9", everybody, ["I21", "I26"], [Delay, Cap]),
            new("F72", "hold", [.. rest], "Messages are held back, and come in order when the fault heals.", "H9", everybody, ["I21", "I26"], [Held]),
            new("F72", "duplicate", [.. rest], "A message comes more than once.", "H9", everybody, ["I5", "I26"], [Copies, Gap]),
            new("F72", "reorder", [.. overflowing], "Priority inversion: a message waits for others that came behind it.", "H9", everybody, ["I21", "I26"], [Window, Cap, path]),
            new("F73", "dead-letter", [.. LinkSite.All.Select(site => site.Name)], "A message goes to an incarnation that has ended.", "H9", everybody | FaultSelects.Vector | FaultSelects.Queue, ["I5", "L1"], []),
            new("F74", "starve", [FaultSites.Schedule], "An actor isn't chosen for a number of steps, though it could go on.", "H9", everybody, ["L1"], [Drawn("steps", "uniform(8, 64)", "How many."), path]),
            new("F75", "block", [FaultSites.Schedule], "All actors of one room are blocked, as by a call that holds their threads.", "H9", FaultSelects.None, ["L1", "L3"], [Choice("pool", "Of which.", "device-model", "hsm", "hypervisor", "all"), Length]),
        ];
    }
}
