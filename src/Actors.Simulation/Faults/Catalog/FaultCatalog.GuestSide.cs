namespace Actors.Simulation;

/// <content>Guest memory and configuration: F57 to F68.</content>
public static partial class FaultCatalog
{
    private static FaultKind[] GuestSide()
    {
        const FaultSelects ofRings = FaultSelects.Vm | FaultSelects.Device | FaultSelects.Queue;
        const FaultSelects ofGuests = FaultSelects.Vm | FaultSelects.Device;
        string[] memory = [FaultSites.GuestMemory];
        string[] ring = [FaultSites.GuestRing];
        string[] access = [FaultSites.GuestAccess];
        var where = Choice("where", "What is accessed.", "any", "ring", "payload");
        return
        [
            new("F57", "refuse", [.. memory], "An access meets a hole in guest RAM.", "H1", ofRings, ["I12", "I22"], [where]),
            new("F57", "outside", [.. ring], "A descriptor points outside RAM, or over its end.", "H1", ofRings, ["I12", "I22"], [Choice("as", "Where it points.", "outside", "straddle", "wrap", "zero")]),
            new(
                "F58",
                "flip",
                [.. ring],
                "A bit of what the driver wrote is turned.",
                "H1",
                ofRings,
                ["I10", "I12", "I13"],
                [
                    Choice("field", "Of what.", "any", "desc.addr", "desc.len", "desc.flags", "desc.next", "avail.flags", "avail.idx", "avail.ring"),
                    Drawn("bit", "uniform(0, 63)", "Which bit, modulo the field's."),
                    Choice("in", "Whether RAM changes, or only what the device reads this time.", "read", "ram"),
                ]),
            new("F59", "scribble", [.. ring], "The guest writes where only the device may.", "H1", ofRings, ["I9"], [Choice("field", "Over what.", "any", "used.idx", "used.ring", "used.flags"), Drawn("bit", "uniform(0, 15)", "Which bit of it is turned.")]),
            new("F60", "rewrite", [.. ring], "The guest rewrites a descriptor after the device has read it.", "H1", ofRings, ["I12", "I29"], [Choice("field", "What of it.", "addr", "len", "flags"), Time("after", "0s", "How much later; 0: at once.")]),
            new("F61", "tear", [.. ring], "The device reads one half of a field as it was before.", "H1", ofRings, ["I11"], []),
            new("F61", "stale-read", [.. ring], "The device reads what stood there before.", "H1", ofRings, ["I11"], [Time("duration", "1ms", "For how long; a kick follows.")]),
            new("F62", "poison-page", [.. memory], "A page of guest RAM is gone for a while.", "H1", ofRings, ["I12", "L3"], [where, Time("duration", "exp(2ms)", "For how long.")]),
            new("F63", "garbage", [.. access], "The guest writes nonsense into the configuration.", "H2", ofGuests, ["I18", "I22"], [Choice("field", "Where.", "any", "queue-select", "queue-size", "features", "read-only", "queue-address", "msix-vector", "device-config", "pci-config"), Drawn("value", "uniform(0, 4294967295)", "What.")]),
            new("F64", "renegotiate", [.. access], "The guest negotiates features anew, in the middle of everything.", "H2", ofGuests, ["I18", "I19"], [Drawn("features", "uniform(0, 7)", "Low half of what it accepts.")]),
            new("F65", "queue-reset", [.. access], "The guest resets a queue in the middle of everything, and enables it with another size.", "H2", ofRings, ["I13", "I19"], [Drawn("queue", "uniform(0, 5)", "Which."), Choice("size", "Its size then.", "half", "same", "one", "too-big", "zero")]),
            new("F65", "queue-disable", [.. access], "The guest disables a queue in the middle of everything.", "H2", ofRings, ["I13", "I19"], [Drawn("queue", "uniform(0, 5)", "Which.")]),
            new("F66", "device-reset", [.. access], "The guest resets the device while its backend is at work.", "H2", ofGuests, ["I19"], []),
            new("F67", "reinit", [.. access], "The guest sets the device up again without a reset.", "H2", ofGuests, ["I18"], []),
            new("F68", "config-change", [.. access], "The configuration changes while it is read, so often that its generation wraps.", "H2", ofGuests, ["I16"], [Drawn("count", "256", "How often."), Number("port", "0", "Port whose size changes.")]),
        ];
    }
}
