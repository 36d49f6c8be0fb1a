namespace Actors.Scenarios;

/// <summary>Where commands of pages are executed: an empty folder with copies of what a page takes from the tree, and the programs `actors` and `dotnet` as a person would have them, except that nothing is built again.</summary>
internal sealed class Stage : IDisposable
{
    private static readonly string[] _copied = ["deploy", "build", "scenarios", "samples"];

    private readonly TemporaryFolder _folder = new();
    private readonly ScaledDown _scale = new();
    private readonly Rehearsal _rehearsal;
    private readonly Dictionary<string, string> _variables;

    public Stage(Rehearsal rehearsal)
    {
        _rehearsal = rehearsal;
        var programs = Directory.CreateDirectory(_folder.File("programs")).FullName;
        Program(Path.Combine(programs, "actors"), $"exec \"{RealDotnet}\" \"{Path.Combine(AppContext.BaseDirectory, "actors.dll")}\" \"$@\"");
        Program(Path.Combine(programs, "dotnet"), $"""
            case "$*" in
              "run -c Release --project src/Actors.Cli -- "*) exec actors "${"{@:7}"}" ;;
              "publish "*) cd "{RepositoryTree.Root.FullName}" && exec "{RealDotnet}" "${"{@/Release/" + Configuration + "}"}" --no-build ;;
              *) exec "{RealDotnet}" "$@" ;;
            esac
            """);
        // A machine that runs all tests at once is late with heartbeats, which is no node's death.
        var patient = _folder.File("patient.hocon");
        File.WriteAllText(patient, "akka.cluster.failure-detector.acceptable-heartbeat-pause = 60s\n");
        _variables = new Dictionary<string, string>
        {
            ["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}",
            ["ACTORS"] = Path.Combine(programs, "actors"),
            ["PORT"] = "0",
            ["HTTP"] = "0",
            ["PATIENCE"] = "600",
            ["ACTORS_PORT"] = _scale.Port("4053"),
            ["ACTORS_HTTP"] = "0",
            ["ACTORS_HOCON"] = patient,
            ["MSBUILDDISABLENODEREUSE"] = "1",
            // Nothing here lives long enough to earn back what counting for the optimizer costs: a tenth of the processor's time.
            ["DOTNET_TieredPGO"] = "0",
        };
    }

    private string Work => Directory.CreateDirectory(_folder.File("work")).FullName;

    private static string RealDotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    private static string Configuration => AppContext.BaseDirectory.Split(Path.DirectorySeparatorChar).Contains("Debug") ? "Debug" : "Release";

    /// <summary>Executes the command and demands what its rehearsal says.</summary>
    /// <returns>What the command said.</returns>
    public async Task<string> PlayAsync()
    {
        Furnish();
        foreach (var given in _rehearsal.Given)
            await MustSucceedAsync(given);

        var command = _rehearsal.With.Aggregate(_rehearsal.Command, (text, pair) => Replace(text, pair.Text, pair.By));
        var beside = new List<BashProcess>();
        try
        {
            foreach (var (line, ready) in _rehearsal.Beside)
            {
                beside.Add(BashProcess.Start(_scale.Of(line), Work, _variables));
                if (ready.Length > 0)
                    await beside[^1].SaysAsync(ready);
            }

            foreach (var (text, pattern) in _rehearsal.Taken)
                command = Replace(command, text, await beside[0].SaysAsync(pattern));

            // A port that was taken from what runs beside is real already.
            var said = await PlayAsync(_rehearsal.Taken.Count > 0 ? ScaledDown.WithoutPorts(command) : _scale.Of(command), beside);
            foreach (var then in _rehearsal.Then)
                await MustSucceedAsync(then);
            return said;
        }
        finally
        {
            foreach (var process in beside)
                await process.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> PlayAsync(string command, IReadOnlyList<BashProcess> beside)
    {
        await using var played = BashProcess.Start(command, Work, _variables);
        foreach (var line in _rehearsal.Input)
            await played.WriteLineAsync(line);

        if (_rehearsal.Until is { } until)
            await played.SaysAsync(until);
        if (_rehearsal.Heard is { } heard)
            await beside[0].SaysAsync(heard);
        if (_rehearsal.Until is not null || _rehearsal.Heard is not null)
            await played.SignalAsync("TERM");

        played.CloseInput();
        var status = await played.EndAsync();
        Assert.True(status == _rehearsal.Status, $"'{command}' ended with status {status}, not {_rehearsal.Status}, and said: {played.Said}");
        Assert.All(_rehearsal.Says, text => Assert.Contains(text, played.Said, StringComparison.Ordinal));
        Assert.DoesNotContain("Unhandled exception", played.Said, StringComparison.Ordinal);
        return played.Said;
    }

    private async Task MustSucceedAsync(string line)
    {
        var (status, said) = await BashProcess.RunAsync(_scale.Of(line), Work, _variables);
        Assert.True(status == 0, $"'{line}' ended with status {status} and said: {said}");
    }

    private void Furnish()
    {
        var text = string.Join('\n', [_rehearsal.Command, .. _rehearsal.Given, .. _rehearsal.Beside.Select(beside => beside.Command)]);
        foreach (var top in _copied.Where(top => text.Contains(top + "/", StringComparison.Ordinal)))
        {
            foreach (var entry in RepositoryTree.Entries(top).OfType<FileInfo>())
            {
                var copy = Path.Combine(Work, RepositoryTree.Relative(entry));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                entry.CopyTo(copy);
            }
        }

        if (text.Contains("--workload", StringComparison.Ordinal))
            File.WriteAllText(Path.Combine(Work, ScaledDown.PatientPlan), ScaledDown.Patient(File.ReadAllText(Path.Combine(RepositoryTree.Root.FullName, "scenarios", "echo.scale.yaml"))));

        foreach (var file in _rehearsal.Saved)
            File.WriteAllText(Path.Combine(Work, file), PageCommands.Block(_rehearsal.Page, "yaml", $"name: {file.Split('.')[0]}"));
    }

    private static string Replace(string command, string text, string by)
    {
        Assert.Contains(text, command, StringComparison.Ordinal);
        return command.Replace(text, by, StringComparison.Ordinal);
    }

    private static void Program(string path, string body)
    {
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{body.ReplaceLineEndings("\n")}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
