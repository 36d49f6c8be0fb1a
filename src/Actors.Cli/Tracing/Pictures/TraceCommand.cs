using System.CommandLine;
using System.Globalization;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary><c>actors trace</c>: draws what was recorded.</summary>
internal sealed class TraceCommand
{
    private readonly Argument<string> _file = new("FILE")
    {
        Description = "A file of actors run --trace=FILE or actors chaos replay --trace FILE; or a choice log (*.choices.bin), which is run again",
    };

    private readonly Option<string> _as = new("--as")
    {
        Description = "terminal: a sequence chart in text. mermaid: a sequenceDiagram. html: one page that needs nothing else, with zoom. perfetto: trace events for ui.perfetto.dev and chrome://tracing. Default: terminal",
        HelpName = "terminal|mermaid|html|perfetto",
    };

    private readonly Option<string> _out = new("--out") { Description = "Writes to a file instead of standard output", HelpName = "FILE" };
    private readonly Option<string> _vm = new("--vm") { Description = "Only this VM, a number", HelpName = "N" };
    private readonly Option<string> _exit = new("--exit") { Description = "Only the exit with this number (the sequence of its request), or the first exit at this address (0x80007004), and what came of it", HelpName = "N|ADDRESS" };
    private readonly Option<string> _from = new("--from") { Description = "Only from this time on, with us, ms or s", HelpName = "T" };
    private readonly Option<string> _to = new("--to") { Description = "Only up to this time", HelpName = "T" };
    private readonly Option<string> _width = new("--width") { Description = $"Columns of the chart in text, {TerminalChart.MinWidth} to {PictureWriter.MaxWidth}. Default: the terminal's, or {Picture.PlainWidth}", HelpName = "N" };

    public TraceCommand()
    {
        Command = new Command("trace", "Draws a recording: who told whom what, hop by hop, with the names that ACRN and Linux give it.") { _file, _as, _out, _vm, _exit, _from, _to, _width };
        Command.SetAction(Run);
    }

    public Command Command { get; }

    private int Run(ParseResult options)
    {
        var (output, error) = (options.InvocationConfiguration.Output, options.InvocationConfiguration.Error);
        var (file, target) = (options.GetValue(_file)!, options.GetValue(_out));
        if (target is not null && OutputFile.IsSame(file, target))
            return Complaint.Say(error, new Mistake($"--out '{target}' is the recording itself, name another file"));
        if (!PictureOptions.KindOf(options.GetValue(_as)).TryGet(out var kind, out var mistake)
            || !PictureOptions.Selection(options.GetValue(_vm), options.GetValue(_exit), options.GetValue(_from), options.GetValue(_to)).TryGet(out var selection, out mistake)
            || !PictureOptions.Width(options.GetValue(_width)).TryGet(out var width, out mistake))
        {
            return Complaint.Say(error, mistake);
        }

        if (width != 0 && kind != PictureKind.Terminal)
            return Complaint.Say(error, new Mistake($"--width is about the chart in text, leave it out with --as {options.GetValue(_as)}"));
        if (!Read(file, selection).TryGet(out var reading, out mistake))
            return Complaint.Say(error, mistake);
        if (target is not null && OutputFile.Check(target) is { } closed)
            return Complaint.Say(error, closed);

        var chart = Chart.Of(reading);
        if (PictureWriter.Write(chart, kind, target, output, width) is { } unwritable)
            return Complaint.Say(error, unwritable);
        foreach (var notice in chart.Notices)
            Complaint.Print(error, notice);
        return ExitStatus.Ok;
    }

    private static Parsed<TraceReading> Read(string file, TraceSelection selection)
    {
        try
        {
            if (ChoiceLog.IsPrintable(file) || file.EndsWith(".bin", StringComparison.Ordinal))
                return Replayed(file, selection);
            if (Directory.Exists(file))
                return new Mistake($"'{file}' is a directory, a trace is a file");
            using var input = new StreamReader(file);
            return TraceFile.TryRead(input, selection, out var reading, out var problem) ? reading! : new Mistake($"'{file}' {problem}");
        }
        catch (Exception refused) when (refused is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Mistake($"there is no file '{file}': actors run --trace={file} records one");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new Mistake($"'{file}' can't be read: {Refusal.Of(file, refused)}");
        }
    }

    private static Parsed<TraceReading> Replayed(string log, TraceSelection selection)
    {
        if (!RunSource.Load(log, null).TryGet(out var source, out var mistake))
            return mistake;
        using var host = new SimHost();
        var replay = Replay.Of(host, source.Plan, source.Seed, source.Log, ReplayMode.Strict, source.Flaw);
        return TraceFile.TryRead(replay.Result, selection, out var reading, out var problem) ? reading! : new Mistake(string.Create(CultureInfo.InvariantCulture, $"'{log}' {problem}"));
    }
}
