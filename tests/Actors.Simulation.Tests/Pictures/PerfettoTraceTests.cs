using System.Text.Json;

namespace Actors.Simulation.Tests;

/// <summary>Files against the rules of the trace event format.</summary>
public sealed class PerfettoTraceTests
{
    [Fact]
    public void A_kick_has_a_process_of_its_machine_a_thread_of_each_lane_and_a_flow_of_each_arrow()
    {
        var events = Valid(Recordings.Kicked());

        Assert.Equal("vm-7", Assert.Single(Named(events, "process_name")));
        Assert.Equal(["vcpu-0", "hypervisor", "HSM", "pci-0.3.0", "port-0", "backend console"], Named(events, "thread_name"));
        Assert.Equal(11, events.Count(one => Text(one, "ph") == "s"));
        var dispatch = Assert.Single(events, one => Text(one, "ph") == "X" && Text(one, "name").StartsWith("AcrnIntrHandler", StringComparison.Ordinal));
        Assert.Equal("hsm.interrupt", Text(dispatch.GetProperty("args"), "site"));
        Assert.Contains(dispatch.GetProperty("args").GetProperty("steps").EnumerateArray(), step => step.GetString() == "IoreqDispatch: ioreq_dispatch");

        // From its first step at 1050 ticks until it goes on in the hypervisor, at 1120.
        Assert.Equal((105.0, 7.0), (dispatch.GetProperty("ts").GetDouble(), dispatch.GetProperty("dur").GetDouble()));
    }

    [Fact]
    public void A_world_with_faults_is_valid()
    {
        var events = Valid(Recordings.World().File);

        Assert.Contains(events, one => Text(one, "ph") == "i" && Text(one, "cat") == "fault");
        Assert.Contains(events, one => Text(one, "ph") == "i" && Text(one, "name").StartsWith("lost: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_from_outside_are_texts() => Assert.DoesNotContain(Named(Valid(Recordings.Kicked(Recordings.Hostile)), "thread_name"), name => name.Any(char.IsControl));

    private static List<JsonElement> Valid(string file)
    {
        using var output = new StringWriter();
        PerfettoTrace.Write(output, Recordings.Chart(file));
        var root = JsonDocument.Parse(output.ToString()).RootElement;
        Assert.Equal("ns", root.GetProperty("displayTimeUnit").GetString());
        var events = root.GetProperty("traceEvents").EnumerateArray().ToList();
        var threads = events.Where(one => Text(one, "name") == "thread_name").Select(Place).ToHashSet();
        var slices = events.Where(one => Text(one, "ph") == "X").GroupBy(Place).ToDictionary(lane => lane.Key, lane => lane.Select(Span).Order().ToList());
        var flows = new Dictionary<int, double>();
        foreach (var one in events)
        {
            Assert.NotEmpty(Text(one, "name"));
            switch (Text(one, "ph"))
            {
                case "M":
                    Assert.True(one.GetProperty("args").TryGetProperty("name", out _) || one.GetProperty("args").GetProperty("sort_index").GetInt32() > 0);
                    break;
                case "X":
                    Assert.Contains(Place(one), threads);
                    Assert.True(one.GetProperty("dur").GetDouble() > 0);
                    break;
                case "i":
                    Assert.Contains(Text(one, "s"), new[] { "g", "t" });
                    Assert.True(one.GetProperty("ts").GetDouble() >= 0);
                    break;
                case "s":
                    Inside(one, slices);
                    Assert.True(flows.TryAdd(one.GetProperty("id").GetInt32(), one.GetProperty("ts").GetDouble()));
                    break;
                case "f":
                    Inside(one, slices);
                    Assert.Equal("e", Text(one, "bp"));
                    Assert.True(flows.Remove(one.GetProperty("id").GetInt32(), out var begun) && begun < one.GetProperty("ts").GetDouble());
                    break;
                default:
                    Assert.Fail($"Not a phase that is used: {one}");
                    break;
            }
        }

        Assert.Empty(flows);
        foreach (var lane in slices.Values)
        {
            // Slices of a thread nest or follow each other; ours follow.
            for (var i = 1; i < lane.Count; i++)
                Assert.True(lane[i - 1].End <= lane[i].Begin + 1e-6, $"{lane[i - 1]} and {lane[i]} overlap");
        }

        return events;
    }

    private static void Inside(JsonElement flow, Dictionary<(int, int), List<(double Begin, double End)>> slices)
    {
        var time = flow.GetProperty("ts").GetDouble();
        Assert.Contains(slices[Place(flow)], slice => slice.Begin <= time && time < slice.End + 1e-9);
    }

    private static (int, int) Place(JsonElement one) => (one.GetProperty("pid").GetInt32(), one.GetProperty("tid").GetInt32());

    private static (double Begin, double End) Span(JsonElement one) => (one.GetProperty("ts").GetDouble(), one.GetProperty("ts").GetDouble() + one.GetProperty("dur").GetDouble());

    private static IEnumerable<string> Named(List<JsonElement> events, string what) => events.Where(one => Text(one, "name") == what).Select(one => Text(one.GetProperty("args"), "name"));

    private static string Text(JsonElement one, string key) => one.TryGetProperty(key, out var value) ? value.GetString()! : string.Empty;
}
