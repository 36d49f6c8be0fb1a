using Actors.Protocol;

namespace Actors.Simulation;

/// <content>The device model's crashes: F33 to F40.</content>
public static partial class FaultCatalog
{
    private const FaultSelects OfDevices = FaultSelects.Vm | FaultSelects.Device | FaultSelects.Queue;

    private const FaultSelects OfPorts = FaultSelects.Vm | FaultSelects.Device | FaultSelects.Port;

    private static FaultKind[] Crashes()
    {
        const FaultSelects everybody = FaultSelects.Vm | FaultSelects.Vcpu | FaultSelects.Device | FaultSelects.Port;
        string[] parts = [FaultSites.Device, FaultSites.Port, FaultSites.DeviceModel, FaultSites.Hsm, FaultSites.Hypervisor, FaultSites.Actor];
        var path = Text("path", "*", "At site actor: path below /user, * stands for anything.");
        string[] others = [FaultSites.Port, FaultSites.DeviceModel, FaultSites.Actor];
        var record = Choice("record", "What the next incarnation finds of the device's record: all, an old one, or none.", "kept", "old", "lost");
        var age = Drawn("age", "uniform(1, 16)", "With record old: how many commits ago it was written, 1 to 64.");
        return
        [
            new("F33", "crash", [CrashSite.AfterPayload.Name], "The device crashes: a chain's payload is written, its used element is not.", "H1", OfDevices, ["I10", "I24"], [Restart]),
            new("F34", "crash", [CrashSite.AfterUsedElement.Name], "The device crashes: a used element is written, the used index is not.", "H1", OfDevices, ["I9", "I11"], [Restart]),
            new("F35", "crash", [CrashSite.AfterUsedIndex.Name], "The device crashes: the used index is written, the interrupt is not sent.", "H1/H8", OfDevices, ["I14", "L3"], [Restart]),
            new("F36", "crash", [CrashSite.AfterBackendAccept.Name], "The port crashes: the backend has bytes, the device has not heard so.", "H6/H1", OfPorts, ["I1"], [Restart]),
            new("F37", "crash", [CrashSite.BeforeBackendWrite.Name], "The port crashes: bytes whose buffers the guest has back are not written.", "H6/H1", OfPorts, ["I1"], [Restart]),
            new("F38", "crash", [FaultSites.Device], "A device's actor crashes before a message; its record is kept, old or lost.", "H9", everybody, ["I9", "I18", "I24"], [Restart, record, age]),
            new("F38", "kill", [FaultSites.Device], "A device's actor is killed; its record is kept, old or lost.", "H9", everybody, ["I9", "I18", "I24"], [Restart, record, age]),
            new("F38", "crash", [.. others], "An actor of the device model crashes before a message.", "H9", everybody, ["I9", "I18", "I24"], [Restart, path]),
            new("F38", "kill", [.. others], "An actor of the device model is killed.", "H9", everybody, ["I9", "I18", "I24"], [Restart, path]),
            new("F39", "poison", [.. parts], "A message on which its actor crashes; it is lost.", "H9", everybody, ["I22", "L6"], [Text("type", "*", "Name of the message's type, * stands for anything."), Restart, path]),
            new("F40", "slow", [.. parts], "Each message costs an actor time, for a while.", "H9", everybody, ["L1", "L3", "I21"], [Time("each", "exp(200us)", "What a message costs."), Time("duration", "10ms", "For how long."), path]),
            new("F40", "pause", [.. parts], "An actor does nothing for a while.", "H9", everybody, ["L1", "L3", "I21"], [Length, path]),
        ];
    }
}
