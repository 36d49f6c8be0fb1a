using Spectre.Console;

namespace Actors.Cli;

/// <summary>Shows a test while it runs: a table that changes on a terminal, a line a second elsewhere.</summary>
internal sealed class ScaleWatch : IDisposable
{
    private readonly TextWriter _error;
    private readonly int _vms;
    private readonly LiveTable? _table;

    /// <summary>Shows on standard error.</summary>
    public ScaleWatch(TextWriter error, int vms)
    {
        _error = error;
        _vms = vms;
        if (!Console.IsErrorRedirected && ReferenceEquals(error, Console.Error))
            _table = new LiveTable(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) }));
    }

    /// <summary>A second is over.</summary>
    public void Show(ScaleSample sample)
    {
        if (_table is null)
            Complaint.Print(_error, ScaleText.Progress(sample, _vms));
        else
            _table.Show(Of(sample, _vms));
    }

    /// <inheritdoc/>
    public void Dispose() => _table?.Dispose();

    /// <summary>The table of a second.</summary>
    public static Table Of(ScaleSample sample, int vms)
    {
        var table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(ScaleText.Progress(sample, vms)));
        foreach (var column in (string[])["node", "VMs", "services", "exits/s", "memory"])
            table.AddColumn(column);
        foreach (var node in sample.Nodes)
        {
            table.AddRow(
                Markup.Escape(node.Answers ? node.Node : $"{node.Node} (silent)"),
                ScaleObjectiveWords.Text(ScaleObjectiveKind.ExitsPerSecond, node.Vms),
                ScaleObjectiveWords.Text(ScaleObjectiveKind.ExitsPerSecond, node.Services),
                ScaleObjectiveWords.Text(ScaleObjectiveKind.ExitsPerSecond, node.ExitsPerSecond),
                ScaleObjectiveWords.Bytes(node.MemoryBytes));
        }

        return table;
    }

    /// <summary>A live display of Spectre.Console lives within a call; this keeps the call going on a thread of its own.</summary>
    private sealed class LiveTable : IDisposable
    {
        private readonly System.Collections.Concurrent.BlockingCollection<Table> _tables = [];
        private readonly Thread _thread;

        public LiveTable(IAnsiConsole console)
        {
            _thread = new Thread(() => console.Live(new Text("starting")).AutoClear(true).Start(live =>
            {
                foreach (var table in _tables.GetConsumingEnumerable())
                    live.UpdateTarget(table);
            }))
            { IsBackground = true, Name = "display" };
            _thread.Start();
        }

        public void Show(Table table) => _tables.Add(table);

        public void Dispose()
        {
            _tables.CompleteAdding();
            _thread.Join();
            _tables.Dispose();
        }
    }
}
