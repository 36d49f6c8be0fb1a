using System.Globalization;
using System.Text;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Writes plans: keys in the order of the documentation, defaults left out, numbers in their shortest form. So equal plans have equal texts.
/// </summary>
internal sealed class PlanWriter
{
    private readonly StringBuilder _text = new();

    public static string Write(Plan plan)
    {
        var writer = new PlanWriter();
        writer.All(plan);
        return writer._text.ToString();
    }

    private static string Word<T>(IEnumerable<(string Word, T Value)> words, T value)
        where T : struct => words.First(pair => pair.Value.Equals(value)).Word;

    private static string Policy(PortPolicy policy) => policy.Kind switch
    {
        PortPolicyKind.Block => "block",
        PortPolicyKind.Drop => "drop",
        _ => $"buffer={Quantity.OfBytes(policy.BufferBytes)}",
    };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Flag(bool value) => value ? "true" : "false";

    /// <summary>A text as a plain scalar where YAML has nothing to say about it, else in quotes.</summary>
    private static string Quoted(string text)
    {
        var isPlain = text.Length > 0 && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '-' && text.Length > 1 && char.IsAsciiDigit(text[1]))
            && text[^1] != ' ' && text is not ("null" or "true" or "false" or "yes" or "no" or "on" or "off");
        for (var i = 0; i < text.Length && isPlain; i++)
            isPlain = char.IsAsciiLetterOrDigit(text[i]) || text[i] is ' ' or '-' or '.' or '_' or '/' or '(' or ')' or '=' or '+' or ';' or '!' or '?';
        if (isPlain)
            return text;

        var quoted = new StringBuilder("\"");
        foreach (var letter in text)
        {
            quoted = letter switch
            {
                '"' or '\\' => quoted.Append('\\').Append(letter),
                < ' ' or '\u007f' or (>= '\u0080' and < '\u00a0') or '\u2028' or '\u2029' or '\ufeff' or '\ufffe' or '\uffff' =>
                    quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
                _ => quoted.Append(letter),
            };
        }

        return quoted.Append('"').ToString();
    }

    private void All(Plan plan)
    {
        var defaults = new Plan { Name = plan.Name };
        Line(0, "name", Quoted(plan.Name));
        LineIf(plan.Promise.Length > 0, 0, "promise", () => Quoted(plan.Promise));
        LineIf(plan.Museum is not null, 0, "museum", () => Quoted(plan.Museum!));
        LineIf(plan.Naive is not null, 0, "naive", () => Quoted(plan.Naive!));
        LineIf(plan.Strategy != defaults.Strategy, 0, "strategy", () => Word(PlanReader.StrategyWords, plan.Strategy));
        Part("topology", () => Topology(plan.Topology, defaults.Topology));
        Part("workload", () => Workload(plan.Workload));
        Part("faults", () =>
        {
            foreach (var rule in plan.Faults)
                Fault(rule);
        });
        Part("budget", () => Budget(plan.Budget, defaults.Budget));
        Part("liveness", () => Liveness(plan.Liveness, defaults.Liveness));
        LineIf(!plan.Check.IsEmpty, 0, "check", () => List(plan.Check));
        Part("except", () =>
        {
            foreach (var exclusion in plan.Except)
            {
                Item("oracle", exclusion.Oracle);
                Line(4, "reason", Quoted(exclusion.Reason));
            }
        });
        LineIf(!plan.Sometimes.IsEmpty, 0, "sometimes", () => List(plan.Sometimes));
    }

    private void Topology(PlanTopology topology, PlanTopology defaults)
    {
        LineIf(topology.Vms != defaults.Vms, 2, "vms", () => Number(topology.Vms));
        LineIf(topology.Vcpus != defaults.Vcpus, 2, "vcpus", () => Number(topology.Vcpus));
        LineIf(topology.MemoryBytes != defaults.MemoryBytes, 2, "memory", () => Quantity.OfBytes((long)topology.MemoryBytes));
        LineIf(topology.Polling, 2, "polling", () => "true");
        LineIf(topology.Latency is not null, 2, "latency", () =>
            $"{{ min: {Quantity.OfTime(topology.Latency!.Minimum)}, mean: {Quantity.OfTime(topology.Latency.Mean)} }}");
        LineIf(topology.Nodes != defaults.Nodes, 2, "nodes", () => Number(topology.Nodes));
        LineIf(!topology.Roles.IsEmpty, 2, "roles", () => List(topology.Roles.Select(role => Word(TopologyReader.RoleWords, role))));
        LineIf(topology.Placement != defaults.Placement, 2, "placement", () => Word(TopologyReader.PlacementWords, topology.Placement));
        LineIf(topology.RemoteMemory, 2, "remote-memory", () => "true");
        LineIf(topology.Cluster != defaults.Cluster, 2, "cluster", () => Cluster(topology.Cluster));
        if (topology.Devices.IsEmpty)
            return;
        _text.Append("  devices:\n");
        foreach (var device in topology.Devices)
            Device(device, new PlanDevice());
    }

    private static string Cluster(PlanCluster cluster) =>
        $"{{ heartbeat: {Quantity.OfTime(cluster.Heartbeat)}, detection: {Quantity.OfTime(cluster.Detection)}, stableAfter: {Quantity.OfTime(cluster.StableAfter)}, " +
        $"restart: {Quantity.OfTime(cluster.Restart)}, {(cluster.Unfenced ? "unfenced: true, " : string.Empty)}network: {{ min: {Quantity.OfTime(cluster.Network.Minimum)}, mean: {Quantity.OfTime(cluster.Network.Mean)} }} }}";

    private void Device(PlanDevice device, PlanDevice defaults)
    {
        _text.Append("    - kind: console\n");
        LineIf(device.Vm >= 0, 6, "vm", () => Number(device.Vm));
        LineIf(device.Ports != defaults.Ports, 6, "ports", () => Number(device.Ports));
        LineIf(device.Policy is not null, 6, "policy", () => Policy(device.Policy!));
        LineIf(device.Backend != defaults.Backend, 6, "backend", () => Word(TopologyReader.BackendWords, device.Backend));
        LineIf(device.Transport != defaults.Transport, 6, "transport", () => Word(TopologyReader.TransportWords, device.Transport));
        LineIf(!device.Ioeventfd, 6, "ioeventfd", () => "false");
        LineIf(device.Asyncio, 6, "asyncio", () => "true");
    }

    private void Workload(PlanWorkload workload)
    {
        Line(2, "kind", Quoted(workload.Kind));
        Line(2, "bytes", Quantity.OfBytes(workload.Bytes));
        foreach (var (name, value) in workload.Options)
            Line(2, name, Quoted(value));
    }

    private void Fault(FaultRule rule)
    {
        var defaults = new FaultRule { Id = rule.Id, Row = rule.Row, Site = rule.Site, Do = rule.Do };
        Item("id", Quoted(rule.Id));
        LineIf(rule.Row.Length > 0, 4, "row", () => rule.Row);
        Line(4, "site", Quoted(rule.Site));
        Line(4, "do", Quoted(rule.Do));
        LineIf(rule.Probability != defaults.Probability, 4, "p", () => Quantity.OfNumber(rule.Probability));
        LineIf(rule.Activation != defaults.Activation, 4, "activation", () => Quantity.OfNumber(rule.Activation));
        LineIf(rule.Nth != 0, 4, "nth", () => rule.Nth < 0 ? FaultRuleReader.DrawnVisit : Number(rule.Nth));
        LineIf(rule.Interval != 0, 4, "interval", () => Number(rule.Interval));
        LineIf(rule.Times != 0, 4, "times", () => Number(rule.Times));
        LineIf(rule.Burst != 1, 4, "burst", () => Number(rule.Burst));
        LineIf(rule.Space >= 0, 4, "space", () => Quantity.OfBytes(rule.Space));
        LineIf(rule.Correlation != 0, 4, "correlation", () => Quantity.OfNumber(rule.Correlation));
        LineIf(rule.From != defaults.From || rule.Until != defaults.Until, 4, "window", () =>
            $"[{Quantity.OfTime(rule.From)}, {(rule.Until == TimeSpan.MaxValue ? FaultRuleReader.NoEnd : Quantity.OfTime(rule.Until))}]");
        LineIf(rule.Select != FaultSelector.Everything, 4, "select", () => Selector(rule.Select));
        LineIf(rule.WhenState is not null, 4, "when", () => $"{{ state: {Number(rule.WhenState!.Value)} }}");
        LineIf(rule.NewState is not null, 4, "setState", () => Number(rule.NewState!.Value));
        LineIf(rule.HealAfter is not null, 4, "heal", () => Quoted(Quantity.OfAmount(rule.HealAfter!.Value, isTime: true)));
        foreach (var (name, value) in rule.Parameters)
            Line(4, Quoted(name), Quoted(value));
    }

    private static string Selector(FaultSelector select)
    {
        var parts = new List<string>();
        Add("vm", select.Vm);
        Add("vcpu", select.Vcpu);
        if (select.Device is { } device)
            parts.Add($"device: {Quoted(device)}");
        Add("queue", select.Queue);
        Add("port", select.Port);
        Add("vector", select.Vector);
        Add("node", select.Node);
        return $"{{ {string.Join(", ", parts)} }}";

        void Add(string name, int? value)
        {
            if (value is { } number)
                parts.Add($"{name}: {Number(number)}");
        }
    }

    private void Budget(PlanBudget budget, PlanBudget defaults)
    {
        LineIf(budget.MaxSteps != defaults.MaxSteps, 2, "maxSteps", () => Number(budget.MaxSteps));
        LineIf(budget.MaxVirtual != defaults.MaxVirtual, 2, "maxVirtual", () => Quantity.OfTime(budget.MaxVirtual));
        LineIf(budget.ConcurrentFaults != defaults.ConcurrentFaults, 2, "concurrentFaults", () => Number(budget.ConcurrentFaults));
        LineIf(budget.Recoverable != defaults.Recoverable, 2, "recoverable", () => Flag(budget.Recoverable));
    }

    private void Liveness(PlanLiveness liveness, PlanLiveness defaults)
    {
        LineIf(liveness.T1 != defaults.T1, 2, "T1", () => Quantity.OfTime(liveness.T1));
        LineIf(liveness.T2 != defaults.T2, 2, "T2", () => Quantity.OfTime(liveness.T2));
        LineIf(liveness.T3 != defaults.T3, 2, "T3", () => Quantity.OfTime(liveness.T3));
        LineIf(liveness.T4 != defaults.T4, 2, "T4", () => Quantity.OfTime(liveness.T4));
    }

    private static string List(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(Quoted))}]";

    /// <summary>A key whose value stands in the lines below; none at all when there are no such lines.</summary>
    private void Part(string key, Action lines)
    {
        var before = _text.Length;
        _text.Append(key).Append(":\n");
        var begun = _text.Length;
        lines();
        if (_text.Length == begun)
            _text.Length = before;
    }

    private void Item(string key, string value) => _text.Append("  - ").Append(key).Append(": ").Append(value).Append('\n');

    private void Line(int indent, string key, string value) => _text.Append(' ', indent).Append(key).Append(": ").Append(value).Append('\n');

    private void LineIf(bool isNeeded, int indent, string key, Func<string> value)
    {
        if (isNeeded)
            Line(indent, key, value());
    }
}
