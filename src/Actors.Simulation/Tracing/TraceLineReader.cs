using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Reads the lines that <see cref="TraceLineWriter"/> writes. What a line has beyond is skipped, and so are lines of kinds that aren't known: a later version may say more.</summary>
internal sealed class TraceLineReader(ActorNumbers actors, ImmutableArray<FaultRule> rules)
{
    /// <summary>Characters of a name that are kept.</summary>
    private const int MaxName = 256;

    private static readonly Dictionary<string, LinkSite> Links = LinkSite.All.ToDictionary(site => site.Name, StringComparer.Ordinal);

    private readonly Dictionary<int, RecordedMessage> _messages = [];

    /// <summary>Reads a header, or says in a sentence's end what is wrong with it.</summary>
    public static bool TryHeader(JsonElement line, out TraceHeader header, out string problem)
    {
        header = new TraceHeader("run", string.Empty, null, []);
        problem = string.Empty;
        if (line.ValueKind != JsonValueKind.Object || Text(line, "format") != TraceHeader.Format)
            problem = "is no trace: its first line isn't a trace's header (actors run --trace=FILE and actors chaos replay --trace FILE write traces)";
        else if (Number(line, "version") is < 1 or > TraceHeader.Version)
            problem = $"is a trace of version {Number(line, "version")}, this program reads version {TraceHeader.Version}";
        if (problem.Length > 0)
            return false;
        var rules = line.TryGetProperty("rules", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(rule => rule.ValueKind == JsonValueKind.Object).Select(RuleOf).ToImmutableArray()
            : [];
        header = new TraceHeader(
            Text(line, "source") ?? "run", Text(line, "name") ?? string.Empty, ulong.TryParse(Text(line, "seed"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : null, rules);
        return true;
    }

    /// <summary>Reads an event; null: none that is drawn.</summary>
    public RecordedEvent? Read(JsonElement line)
    {
        if (line.ValueKind != JsonValueKind.Object)
            return null;
        var actor = Actor(line, "actor");
        var moment = new Moment(Number(line, "v"), Number(line, "step"), (int)Number(line, "seq"), (int)Number(line, "cause"), actor);
        return Event(line, moment) is { } happened ? new RecordedEvent(moment, happened, []) : null;
    }

    /// <summary>Events that a line says are missing.</summary>
    public static long Missing(JsonElement line) => line.ValueKind == JsonValueKind.Object && Text(line, "kind") == "missing" ? Number(line, "count") : 0;

    private object? Event(JsonElement line, in Moment moment)
    {
        switch (Text(line, "kind"))
        {
            case "send":
                return new SendEvent(
                    Text(line, "link") is { } link ? Links.GetValueOrDefault(link) ?? new LinkSite(link) : null,
                    Actor(line, "from"), Actor(line, "to"), Message(line), !IsFalse(line, "delivered"), IsTrue(line, "late"));
            case "recv":
                return new ReceiveEvent(moment.Actor, Message(line));
            case "mem" when IsTrue(line, "refused") || Text(line, "who") == "fault":
                return new MemoryEvent(Vm(line), Enum<MemoryUser>(line, "who"), Text(line, "do") == "write", Hex(line, "address"), (int)Number(line, "length"), IsTrue(line, "refused"));
            case "path" when System.Enum.TryParse<PathHop>(Text(line, "hop"), out var hop) && (uint)hop < PathHopSpec.Count:
                return new PathStep(hop, Vm(line), (int)Number(line, "vcpu", -1), (ulong)Number(line, "request"), Access(line), Number(line, "detail"), Text(line, "name"), Device(line)) { At = Enum<PathRoom>(line, "room"), Port = (int)Math.Clamp(Number(line, "port"), 0, short.MaxValue) };
            case "slot" when Edge(line) is var (from, to):
                return new SlotStep(Vm(line), (uint)Number(line, "epoch"), (int)Number(line, "vcpu"), (ulong)Number(line, "request"), from, to, Enum<SlotOwner>(line, "owner"), Enum<SlotView>(line, "view"));
            case "backend":
                return new BackendEvent(Vm(line), Device(line), (int)Number(line, "port"), Enum<BackendEventKind>(line, "do"), (int)Number(line, "count"), (int)Number(line, "incarnation"));
            case "drop":
                return new DropStep(Vm(line), Text(line, "port") ?? string.Empty, Number(line, "offset"), Number(line, "count"), Enum<DropReason>(line, "reason"));
            case "fault" or "heal":
                return new FaultEvent(Rule(Text(line, "rule")), Enum<FaultEventKind>(line, "what"), Number(line, "visit"), Actor(line, "target"), Number(line, "detail"));
            case "life":
                return new LifeStep(Vm(line), Text(line, "of") ?? string.Empty, Enum<LifeChange>(line, "change"), (int)Number(line, "incarnation"), Text(line, "reason"));
            case "cluster":
                return Cluster(line);
            case "mark":
                return Enum<WorldPhase>(line, "phase");
            case "assert":
                return new Violation(Text(line, "oracle") ?? string.Empty, Text(line, "what") ?? string.Empty, moment);
            default:
                return null;
        }
    }

    private RecordedMessage Message(JsonElement line)
    {
        var number = (int)Number(line, "number");
        if (number > 0 && _messages.TryGetValue(number, out var known))
            return known;
        var name = Text(line, "message") ?? string.Empty;
        var message = new RecordedMessage(name, Text(line, "label") ?? name, (ulong)Number(line, "request"));
        if (number > 0 && _messages.Count < TraceFile.MaxEvents)
            _messages.Add(number, message);
        return message;
    }

    private static ClusterEvent? Cluster(JsonElement line)
    {
        foreach (var kind in System.Enum.GetValues<ClusterEventKind>())
        {
            if (ClusterText.WordOf(kind) == Text(line, "what"))
            {
                return new ClusterEvent(
                    kind, (int)Number(line, "node", -1), (int)Number(line, "vm", -1), (int)Number(line, "machine", -1), (ulong)Number(line, "token"), (int)Number(line, "other", -1));
            }
        }

        return null;
    }

    private static FaultRule RuleOf(JsonElement rule) => new()
    {
        Id = Text(rule, "id") ?? string.Empty, Row = Text(rule, "row") ?? string.Empty, Site = Text(rule, "site") ?? string.Empty, Do = Text(rule, "do") ?? string.Empty,
    };

    private int Rule(string? id)
    {
        for (var i = 0; i < rules.Length; i++)
        {
            if (rules[i].Id == id)
                return i;
        }

        return -1;
    }

    private int Actor(JsonElement line, string key) => Text(line, key) is { } name and not ("the outside" or "-") ? actors.NumberOf(name) : -1;

    private static (IoRequestSlotState From, IoRequestSlotState To)? Edge(JsonElement line)
    {
        var edge = (Text(line, "edge") ?? string.Empty).Split("->");
        return edge.Length == 2 && System.Enum.TryParse<IoRequestSlotState>(edge[0], ignoreCase: true, out var from) && System.Enum.TryParse<IoRequestSlotState>(edge[1], ignoreCase: true, out var to)
            ? (from, to) : null;
    }

    private static IoAccess Access(JsonElement line) => Number(line, "size") is >= 1 and <= 8 and var size
        ? new IoAccess(Enum<IoRequestType>(line, "space"), Enum<IoDirection>(line, "do"), (byte)size, Hex(line, "address"), Hex(line, "value"))
        : default;

    private static Bdf Device(JsonElement line) => Bdf.TryParse(Text(line, "device"), out var device) ? device : default;

    private static VmId Vm(JsonElement line) => new((int)Number(line, "vm"));

    private static bool IsTrue(JsonElement line, string key) => line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    private static bool IsFalse(JsonElement line, string key) => line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.False;

    private static string? Text(JsonElement line, string key) => line.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String
        ? value.GetString() is { Length: > MaxName } text ? text[..MaxName] : value.GetString()
        : null;

    private static long Number(JsonElement line, string key, long standard = 0)
    {
        if (!line.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.Number)
            return standard;
        return value.TryGetInt64(out var number) ? number : value.TryGetUInt64(out var big) ? (long)big : standard;
    }

    private static ulong Hex(JsonElement line, string key) =>
        Text(line, key) is ['0', 'x', .. var digits] && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static T Enum<T>(JsonElement line, string key)
        where T : struct, Enum => System.Enum.TryParse<T>(Text(line, key), ignoreCase: true, out var value) && System.Enum.IsDefined(value) ? value : default;
}
