using System.Text.Json;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>A machine's recording, drawn.</summary>
public sealed class RecordingPictureTests : MachineTest
{
    /// <summary>The article's chain of a write, once down and once back, as every picture names it.</summary>
    private static readonly string[] Chain =
    [
        "VmExit #", "EmulateIo", "AcrnIntrHandler", "VmEntry #", "IothreadHandler", "BackendWrite", "took 5 B", "EndChains", "InjectInterrupt", "VcpuInterrupt",
    ];

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void The_chain_is_drawn_in_every_world(MachineWorld world)
    {
        var machine = Boot(world);
        var exit = Written(machine);

        var picture = machine.Recording.Render(PictureKind.Terminal, exit);

        Assert.All(Chain, step => Assert.Contains(step, picture, StringComparison.Ordinal));
        string[] lanes = ["vcpu-0", "hypervisor", "HSM", "pci-0.", "port-0", "backend"];
        Assert.All(lanes, lane => Assert.Contains(lane, picture, StringComparison.Ordinal));
        Assert.Equal(world == MachineWorld.Cluster, machine.Recording.Render(PictureKind.Html, exit).Contains("\"node\":\"node ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(PictureKind.Terminal, "VmExit #", "►│")]
    [InlineData(PictureKind.Mermaid, "sequenceDiagram\n", "->>")]
    [InlineData(PictureKind.Html, "<!doctype html>", "acrn_insert_request")]
    [InlineData(PictureKind.Perfetto, "traceEvents", "acrn_insert_request")]
    public void Each_kind_shows_the_chain(PictureKind kind, params string[] marks)
    {
        var machine = Boot();
        var exit = Written(machine);

        var picture = machine.Recording.Render(kind, exit);

        Assert.All(marks, mark => Assert.Contains(mark, picture, StringComparison.OrdinalIgnoreCase));
        Assert.All(Chain.Select(step => step.TrimEnd(' ', '#')), step => Assert.Contains(step, picture, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_saved_trace_file_gives_the_same_chart(MachineWorld world)
    {
        var machine = Boot(world);
        var exit = Written(machine);
        machine.Crash(SimPart.Device);
        machine.Write("again");
        machine.ExpectBytes("again");
        // In reality the machine goes on while it is drawn.
        var last = machine.Recording[^1].Sequence;

        foreach (var only in new[] { null, exit })
        {
            var file = Saved(machine.Recording, ".jsonl", only, last);
            using var input = new StringReader(file);
            Assert.True(TraceFile.TryRead(input, new TraceSelection(), out var reading, out var problem), problem);
            var chart = Chart.Of(reading!);
            foreach (var kind in Enum.GetValues<PictureKind>())
            {
                using var drawn = new StringWriter();
                Picture.Write(drawn, chart, kind, Picture.WidthFor(chart));
                Assert.Equal(drawn.ToString(), machine.Recording.Render(kind, only, to: last));
            }
        }
    }

    [Fact]
    public void Faults_of_the_simulated_world_are_marked_where_they_strike()
    {
        var machine = Boot();
        machine.Break("{ site: hsm.upcall, do: drop, nth: 1 }");
        var exit = Written(machine);
        machine.ExpectCompletion();
        var rule = machine.Recording.OfType<FaultHopEvent>().First(struck => struck.Change == FaultEventKind.Fired);

        string[] pictures = [machine.Recording.Render(PictureKind.Terminal, exit), machine.Recording.Render(PictureKind.Terminal, from: exit.Sequence)];
        foreach (var picture in pictures)
        {
            string[] order = [" InsertRequest ", " FireHsmInterrupt 243 ", $"! {rule.Rule}: drop", " FireHsmInterrupt again 243 ", $"{rule.Rule}: drop made up for", " AcrnIntrHandler 243 "];
            var lines = picture.Replace("│", " ", StringComparison.Ordinal).Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)) + " ").ToList();
            var places = order.Select(step => lines.FindIndex(line => line.Contains(step, StringComparison.Ordinal))).ToList();
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        }

        Assert.Equal("drop", rule.Act);
        Assert.NotNull(rule.Target);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_fault_stands_in_the_lane_of_who_is_hit_in_every_world(MachineWorld world)
    {
        var machine = Boot(world);
        var begin = machine.Recording[^1].Sequence;
        machine.Break("{ id: lost, site: hsm.upcall, do: drop, nth: 1 }");
        Written(machine);

        var struck = machine.Recording.OfType<FaultHopEvent>().First(fault => fault.Change == FaultEventKind.Fired);
        Assert.EndsWith("hsm/vm-0", struck.Target, StringComparison.Ordinal);
        var words = machine.Recording.Render(PictureKind.Terminal, from: begin).Replace("│", " ", StringComparison.Ordinal).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("! lost: drop", string.Join(' ', words), StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_stands_in_the_lane_of_who_crashed()
    {
        var machine = Boot();
        var begin = machine.Recording[^1].Sequence;
        machine.Crash(SimPart.Device);
        machine.Write("x");
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);

        var mermaid = machine.Recording.Render(PictureKind.Mermaid, from: begin);

        var lane = mermaid.Split('\n').Single(line => line.Contains(" as pci-", StringComparison.Ordinal)).Trim().Split(' ')[1];
        Assert.Contains($"Note over {lane}: ✗ crashed", mermaid, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exit_of_one_vcpu_isnt_the_other_ones()
    {
        var machine = Boot(described => described.Vcpus(2));
        machine.Done(machine.Kick(vcpu: 0));
        machine.Done(machine.Kick(vcpu: 1));
        var exits = machine.Recording.OfType<IoExitEvent>().ToList();
        var twin = exits.First(exit => exits.Exists(other => other.Vcpu != exit.Vcpu && other.Request == exit.Request));

        var picture = machine.Recording.Render(PictureKind.Mermaid, twin);

        Assert.Single(picture.Split('\n'), line => line.Contains("VmExit #", StringComparison.Ordinal));
    }

    [Fact]
    public void A_range_of_events_is_drawn_alone()
    {
        var machine = Boot();
        var exit = Written(machine);

        var picture = machine.Recording.Render(PictureKind.Mermaid, from: exit.Sequence, to: exit.Sequence);

        Assert.Contains("VmExit #", picture, StringComparison.Ordinal);
        Assert.DoesNotContain("EmulateIo", picture, StringComparison.Ordinal);
        Assert.Contains("nothing of what is chosen", Assert.Throws<InvalidOperationException>(() => machine.Recording.Render(PictureKind.Mermaid, from: long.MaxValue)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".txt", PictureKind.Terminal)]
    [InlineData(".mmd", PictureKind.Mermaid)]
    [InlineData(".HTML", PictureKind.Html)]
    [InlineData(".json", PictureKind.Perfetto)]
    public void The_extension_says_what_is_saved(string extension, PictureKind kind)
    {
        var machine = Boot();
        var exit = Written(machine);

        var saved = Saved(machine.Recording, extension, exit);

        Assert.Equal(machine.Recording.Render(kind, exit), saved);
        if (kind == PictureKind.Perfetto)
            JsonDocument.Parse(saved).Dispose();
    }

    [Theory]
    [InlineData("picture.pdf")]
    [InlineData("picture")]
    public void An_extension_that_says_nothing_is_refused(string path)
    {
        var sentence = Assert.Throws<ArgumentException>(() => Boot().Recording.SaveAs(path)).Message;

        Assert.Contains($"'{path}' names no kind of picture: end it in .txt, .mmd, .html or .json (Perfetto), or in .jsonl", sentence, StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Events_that_say_the_same_are_equal_whatever_they_were_made_of()
    {
        var made = HopEventMaker.Of(new PathStep(PathHop.VmExit, new VmId(0), 0, 1, IoAccess.Out(0x60, 1, 7)));

        Assert.Equal(made, new IoExitEvent { Hop = PathHop.VmExit, Vm = new VmId(0), Vcpu = 0, Request = 1, Access = IoAccess.Out(0x60, 1, 7) });
    }

    private static IoExitEvent Written(Machine machine)
    {
        // The guest waits for the device, and not the device for a slow guest: else it is never interrupted. Other exits, such as the end of a late interrupt of the boot, are none of the chain's.
        machine.Backend().Stall();
        var write = machine.Write("hello");
        var request = machine.ExpectIoreq("ioeventfd-0");
        var exit = machine.Expect<IoExitEvent>(left => left.Hop == PathHop.VmExit && left.Request == request.Request);
        machine.ExpectState("vcpu-0/idle", "true");
        machine.Forget();
        machine.Backend().TakeAgain();
        machine.Done(write);
        machine.ExpectBytes("hello");
        machine.ExpectInterrupt();
        return exit;
    }

    private static string Saved(Recording recording, string extension, IoExitEvent? exit, long to = long.MaxValue)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + extension);
        try
        {
            recording.SaveAs(path, exit, to: to);
            return File.ReadAllText(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
