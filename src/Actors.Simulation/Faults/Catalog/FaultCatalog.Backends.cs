namespace Actors.Simulation;

/// <content>Backends: F41 to F56.</content>
public static partial class FaultCatalog
{
    private static FaultKind[] Backends()
    {
        string[] write = [FaultSites.BackendWrite];
        string[] read = [FaultSites.BackendRead];
        string[] both = [FaultSites.BackendWrite, FaultSites.BackendRead];
        string[] peer = [FaultSites.BackendPeer];
        var away = Time("away", "exp(5ms)", "How long nobody is there.");
        var length = Drawn("length", "uniform(1, 32)", "How many bytes at most.");
        return
        [
            new("F41", "error", [.. both], "A call fails for good: EIO.", "H6", OfPorts, ["I1", "I10"], [Text("errno", "EIO", "Name of the error.")]),
            new("F42", "full", [.. write], "No space on the device, for a while (with space: once so many bytes are written).", "H6", OfPorts, ["I1", "L4"], [Text("errno", "ENOSPC", "Name of the error."), Time("duration", "5ms", "For how long.")]),
            new("F43", "again", [.. both], "A call would block: EAGAIN.", "H6", OfPorts, ["I1"], [Time("duration", "exp(1ms)", "For how long.")]),
            new("F44", "interrupted", [.. both], "A call is interrupted and made again: EINTR.", "H6/H7", OfPorts, ["I1"], [Drawn("count", "1", "How often.")]),
            new("F45", "short", [.. both], "A call moves some of the bytes.", "H6", OfPorts, ["I1"], [Drawn("len", "uniform(1, 16)", "How many at most.")]),
            new("F46", "zero", [.. write], "A write takes no byte, and says that all went well.", "H6", OfPorts, ["I1", "I23"], []),
            new("F47", "slow", [.. both], "A call takes bytes at a bandwidth, and the next has to wait.", "H6", OfPorts, ["I21", "L3"], [Number("bandwidth", "1000000", "Bytes in a second of virtual time."), Time("latency", "exp(100us)", "What each call costs beside.")]),
            new("F48", "hang", [.. both], "The backend does nothing, then goes on.", "H6", OfPorts, ["L3", "L4", "I21"], [Time("duration", "exp(20ms)", "For how long.")]),
            new("F49", "reopen", [.. peer], "The terminal's other end is closed and opened again.", "H6/H7", OfPorts, ["I1", "L4"], [away]),
            new("F50", "reset", [.. peer], "The connection is reset: what is on its way is lost, and the peer comes back.", "H6/H7", OfPorts, ["I1", "L4"], [away]),
            new("F50", "half-close", [.. peer], "The peer sends nothing for a while, and takes nothing.", "H6/H7", OfPorts, ["I1", "L4"], [away]),
            new("F50", "late-accept", [.. peer], "The peer is away for long: ENOTCONN.", "H6/H7", OfPorts, ["I1", "L4"], [Time("away", "exp(100ms)", "How long nobody is there.")]),
            new("F50", "reconnect-storm", [.. peer], "The peer leaves and comes back, again and again.", "H6/H7", OfPorts, ["I1", "L4"], [Drawn("count", "uniform(2, 20)", "How often."), Time("gap", "exp(200us)", "Time between turns.")]),
            new("F51", "rotate", [.. write], "The file is moved away and made anew: the next bytes go on into the one that was moved.", "H6", OfPorts, ["I1"], []),
            new("F51", "truncate", [.. write], "The file is emptied: the next bytes stand at its beginning.", "H6", OfPorts, ["I1"], []),
            new("F51", "replace", [.. write], "Another file takes the name: what was written and what comes is in one that nobody can find.", "H6", OfPorts, ["I1"], []),
            new("F52", "corrupt", [.. read], "Input arrives with some bytes zero or random.", "H7", OfPorts, ["I2", "I27"], [Choice("fill", "With what.", "zero", "random"), length]),
            new("F53", "misdirect", [.. write], "A write goes to another port's backend.", "H6", OfPorts, ["I1"], []),
            new("F54", "lie", [.. write], "Bytes are said to be taken, and are in no place that lasts until the fault heals; who closes or crashes before loses them.", "H6", OfPorts, ["I25"], [Time("duration", "exp(20ms)", "How long until they last.")]),
            new("F54", "fail-flush", [.. write], "Bytes are said to be taken; then they are lost, and the next call says so.", "H6", OfPorts, ["I25"], []),
            new("F55", "flood", [.. peer], "Input comes faster than the guest takes it.", "H7", OfPorts, ["I2", "I21"], [Number("bytes", "65536", "How much."), Number("burst-bytes", "4096", "How much at a time."), Time("gap", "10us", "Time between.")]),
            new("F56", "hostile", [.. peer], "Input that isn't text: control bytes, 0xFF, NUL, half of a UTF-8 sequence, a line without end.", "H7", OfPorts, ["I1", "I2"], [Drawn("length", "uniform(1, 256)", "How many bytes."), Choice("of", "What kind.", "any", "control", "utf8", "nul", "ff", "line")]),
        ];
    }
}
