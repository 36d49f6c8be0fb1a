using System.Text;
using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class TraceWriterTests
{
    [Fact]
    public void Steps_come_out_in_order_with_a_blank_line_between_exits()
    {
        using var output = new StringWriter();
        var writer = new TraceWriter(output);
        writer.Record(Step(PathHop.VmExit, 0, 1));
        writer.Record(Step(PathHop.EmulateIo, 0, 1));
        writer.Record(Step(PathHop.VmExit, 0, 2));
        writer.Record(Step(PathHop.VmExit, 1, 2));
        writer.Dispose();

        var lines = output.ToString().Split('\n');

        Assert.Equal(TraceFormat.Header, lines[0]);
        Assert.Equal(["VmExit", "EmulateIo", "", "VmExit", "", "VmExit", ""], lines[1..].Select(line => line.Length == 0 ? "" : line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]));
        Assert.Equal((0, null), (writer.Lost, writer.Problem));
    }

    [Fact]
    public void Steps_of_many_threads_are_all_written_or_counted()
    {
        const int threads = 4, steps = 20_000;
        using var output = new StringWriter();
        var writer = new TraceWriter(output);
        var recorders = Enumerable.Range(0, threads).Select(vcpu => new Thread(() =>
        {
            for (var sequence = 1; sequence <= steps; sequence++)
                writer.Record(Step(PathHop.VmExit, vcpu, (ulong)sequence));
        })).ToList();

        recorders.ForEach(thread => thread.Start());
        recorders.ForEach(thread => thread.Join());
        writer.Dispose();

        var written = output.ToString().Split('\n').Count(line => line.StartsWith("vm-", StringComparison.Ordinal));
        Assert.Equal(threads * steps, written + writer.Lost);
        Assert.Equal(writer.Lost, MissingIn(output.ToString()));
    }

    [Fact]
    public void What_a_stuck_output_can_t_take_is_counted_where_it_is_missing()
    {
        using var output = new StuckWriter();
        var writer = new TraceWriter(output);
        writer.Record(Step(PathHop.VmExit, 0, 1));
        output.WaitUntilStuck();
        for (var sequence = 2; sequence <= TraceWriter.Capacity + 101; sequence++)
            writer.Record(Step(PathHop.VmExit, 0, (ulong)sequence));

        output.Release();
        writer.Dispose();

        Assert.Equal(100, writer.Lost);
        Assert.EndsWith("# 100 steps are missing here: the output is slower than the machine\n", output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_output_stops_nobody_and_is_said()
    {
        var writer = new TraceWriter(new BrokenWriter());
        writer.Record(Step(PathHop.VmExit, 0, 1));
        writer.Record(Step(PathHop.VmExit, 0, 2));
        writer.Dispose();

        Assert.Equal((2, "no space left"), (writer.Lost, writer.Problem?.Message));
    }

    private static long MissingIn(string text) =>
        text.Split('\n').Where(line => line.Contains("missing here", StringComparison.Ordinal)).Sum(line => long.Parse(line.Split(' ')[1]));

    private static PathStep Step(PathHop hop, int vcpu, ulong sequence) => new(hop, new VmId(1), vcpu, sequence, default);

    private sealed class StuckWriter : TextWriter
    {
        private readonly ManualResetEventSlim _stuck = new();
        private readonly ManualResetEventSlim _release = new();
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public string Text => _text.ToString();

        public override void Write(ReadOnlySpan<char> buffer)
        {
            // The header may come alone; the step is what the test waits for.
            if (buffer.Contains("VmExit", StringComparison.Ordinal))
                _stuck.Set();
            if (_stuck.IsSet)
                _release.Wait();
            _text.Append(buffer);
        }

        public void WaitUntilStuck() => _stuck.Wait();

        public void Release() => _release.Set();
    }

    private sealed class BrokenWriter : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(ReadOnlySpan<char> buffer) => throw new IOException("no space left");
    }
}
