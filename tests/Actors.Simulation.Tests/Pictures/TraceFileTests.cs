using Actors.Protocol;

namespace Actors.Simulation.Tests;

public sealed class TraceFileTests
{
    [Fact]
    public void An_exit_is_its_own_steps_and_all_that_came_of_it_but_not_the_next_exit()
    {
        var hops = Recordings.Hops(Recordings.Read(Recordings.Kicked(), new TraceSelection(exit: 5)));

        Assert.Equal(21, hops.Length);
        Assert.Equal((PathHop.VmExit, PathHop.VcpuInterrupt), (hops[0], hops[^1]));
        Assert.Single(hops, hop => hop == PathHop.VmExit);
        Assert.Contains(PathHop.BackendWrite, hops);
    }

    [Fact]
    public void Only_the_wanted_machine_and_time_are_read()
    {
        var file = Recordings.Kicked();

        Assert.Equal("has no events of what is chosen", Recordings.Problem(file, new TraceSelection(vm: 8)));
        Assert.Equal(22, Recordings.Hops(Recordings.Read(file, new TraceSelection(vm: 7))).Length);
        Assert.Equal([PathHop.EmulateIo, PathHop.InsertRequest], Recordings.Hops(Recordings.Read(file, new TraceSelection(from: 1020, to: 1030))).AsEnumerable());
    }

    [Fact]
    public void A_world_read_from_its_file_is_drawn_as_from_memory()
    {
        var (file, result) = Recordings.World();
        Assert.True(TraceFile.TryRead(result, new TraceSelection(), out var inMemory, out _));

        var drawn = Draw(Recordings.Chart(file));

        Assert.Equal(Draw(Chart.Of(inMemory!)), drawn);
        Assert.Contains("IoExit #", drawn, StringComparison.Ordinal);
        Assert.Contains("lost-irq: drop", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exit_of_a_world_ends_where_the_next_begins()
    {
        var (file, _) = Recordings.World();

        var rows = Recordings.Chart(file, new TraceSelection(exit: 100)).Rows;

        Assert.Contains(rows, row => row.Text == "IoExit #100");
        Assert.DoesNotContain(rows, row => row.Text.StartsWith("IoExit", StringComparison.Ordinal) && row.Text != "IoExit #100");
        Assert.Contains(rows, row => row.Notes?.Any(note => note.Text == "VmEntry") == true || row.Text == "IoCompletion #100");
    }

    [Fact]
    public void The_trace_that_people_read_is_drawn_too()
    {
        const string text = """
            # vm    vcpu  sequence  step                 function in ACRN or Linux                                                access                                   about
            vm-1    0     148       VmExit               VM exit                                                                  mmio write16 0x80007004 = 0x1
            vm-1    0     148       IoeventfdHandler              acrn_ioeventfd_handler: eventfd_signal                          mmio write16 0x80007004 = 0x1            1572866

            vm-1    -     -         IothreadHandler                iothread_handler                                               -                                        1
            vm-1    -     -         BackendWrite                     port->cb = virtio_console_backend_write                      -                                        my port 275
            # 3 steps are missing here: the output is slower than the machine

            """;

        var reading = Recordings.Read(text, new TraceSelection(exit: 148));

        var steps = reading.Recording.Events.Select(recorded => (PathStep)recorded.Event).ToList();
        Assert.Equal([PathHop.VmExit, PathHop.IoeventfdHandler, PathHop.IothreadHandler, PathHop.BackendWrite], steps.Select(step => step.Hop));
        Assert.Equal(IoAccess.Store(0x8000_7004, 2, 1), steps[0].Access);
        Assert.Equal(("my port", 275L), (steps[3].Name, steps[3].Detail));
        Assert.Equal(3, reading.Missing);
        Assert.False(Chart.Of(reading).HasTimes);
    }

    [Fact]
    public void A_file_whose_writer_was_killed_is_read_up_to_there()
    {
        var file = Recordings.Kicked();

        var reading = Recordings.Read(file[..^40]);

        Assert.True(reading.IsCut);
        Assert.Equal(21, Recordings.Hops(reading).Length);
        Assert.Contains("ends in the middle of a line", Assert.Single(Chart.Of(reading).Notices), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_trace_is_said_in_a_sentence()
    {
        var header = Recordings.Kicked().Split('\n')[0];
        Assert.Equal("is empty", Recordings.Problem(""));
        Assert.Contains("neither JSON nor the heading", Recordings.Problem("\u007fELF\n\0\0"), StringComparison.Ordinal);
        Assert.Contains("isn't a trace's header", Recordings.Problem("{\"v\":1}\n"), StringComparison.Ordinal);
        Assert.Contains("isn't a trace's header", Recordings.Problem("[1]\n"), StringComparison.Ordinal);
        Assert.Contains("of version 2", Recordings.Problem(header.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal) + "\n"), StringComparison.Ordinal);
        Assert.Equal("is damaged: line 2 is no JSON", Recordings.Problem(header + "\nx\n{}\n"));
        Assert.Contains("more than 65536 characters", Recordings.Problem(header + "\n" + new string('x', 70_000)), StringComparison.Ordinal);
        Assert.Contains("first line has no end", Recordings.Problem(new string('x', 70_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_any_length_costs_what_is_chosen()
    {
        var file = Recordings.Kicked().Split('\n', 2);
        using var endless = new RepeatedText(file[0] + "\n", file[1], times: 20_000);

        Assert.False(TraceFile.TryRead(endless, new TraceSelection(), out _, out var problem));

        Assert.Contains($"more than {TraceFile.MaxEvents} events", problem, StringComparison.Ordinal);
        Assert.InRange(endless.Given, 1, 12_000);
    }

    [Fact]
    public void As_many_events_as_may_be_and_what_they_violate_are_read_and_violations_without_end_are_not()
    {
        const string violation = "{\"kind\":\"assert\",\"oracle\":\"I1\",\"what\":\"x\"}\n";
        var header = Recordings.Kicked().Split('\n', 2)[0] + "\n";
        using var most = new StringReader(header + string.Concat(Enumerable.Repeat("{\"kind\":\"life\"}\n", TraceFile.MaxEvents)) + violation);
        using var endless = new RepeatedText(header, violation, times: 2 * TraceFile.MaxEvents);

        Assert.True(TraceFile.TryRead(most, new TraceSelection(), out var reading, out _));
        Assert.Equal((TraceFile.MaxEvents, 1), (reading!.Recording.Events.Length, reading.Violations.Length));
        Assert.False(TraceFile.TryRead(endless, new TraceSelection(), out _, out var problem));
        Assert.Contains($"more than {TraceFile.MaxEvents} events", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"kind\":\"path\",\"hop\":\"99\"}")]
    [InlineData("{\"kind\":\"path\",\"hop\":\"Nothing\",\"vm\":1}")]
    [InlineData("{\"kind\":\"path\",\"hop\":\"VmExit\",\"vm\":99999999999,\"vcpu\":-7,\"v\":-1,\"seq\":\"x\",\"cause\":2e99,\"actor\":12}")]
    [InlineData("{\"kind\":\"slot\",\"edge\":\"a->b->c\"}")]
    [InlineData("{\"kind\":\"send\",\"from\":\"/\",\"to\":\"////////\",\"number\":-1}")]
    [InlineData("{\"kind\":\"life\",\"of\":\"hypervisor/vm-99999999999/vcpu-x\"}")]
    [InlineData("{\"kind\":\"fault\",\"rule\":[],\"visit\":{}}")]
    [InlineData("{\"kind\":\"backend\",\"device\":\"a.b.c\",\"do\":\"-5\"}")]
    [InlineData("{\"kind\":\"recv\",\"seq\":90,\"cause\":89,\"actor\":\"hsm/vm-7\"}\n{\"kind\":\"send\",\"seq\":91,\"cause\":90,\"actor\":\"hsm/vm-7\"}\n{\"kind\":\"recv\",\"seq\":92,\"cause\":91}")]
    [InlineData("{\"kind\":\"later\"}")]
    [InlineData("17")]
    public void Lines_with_odd_values_are_drawn_or_skipped(string line)
    {
        var chart = Recordings.Chart(Recordings.Kicked() + line + "\n");

        Assert.NotEmpty(Draw(chart));
        MermaidChart.Write(TextWriter.Null, chart);
        PerfettoTrace.Write(TextWriter.Null, chart);
        TracePage.Write(TextWriter.Null, chart);
    }

    private static string Draw(Chart chart) => string.Join('\n', TerminalChart.Lines(chart, 160));

    /// <summary>A text that begins once and repeats its rest.</summary>
    private sealed class RepeatedText(string begin, string rest, int times) : TextReader
    {
        private string _now = begin;
        private int _at;

        public int Given { get; private set; }

        public override int Read(char[] buffer, int index, int count)
        {
            if (_at == _now.Length)
            {
                if (Given++ == times)
                    return 0;
                (_now, _at) = (rest, 0);
            }

            var length = Math.Min(count, _now.Length - _at);
            _now.CopyTo(_at, buffer, index, length);
            _at += length;
            return length;
        }
    }
}
