using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Actors.Cli.Tests;

/// <summary>deploy/local.sh, running: three real nodes for a test's time.</summary>
internal sealed partial class LocalCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("al");
    private readonly Process _script;
    private readonly Task<string> _output;

    private LocalCluster(IEnumerable<string> command)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in command.Prepend(Path.Combine(DeployFolder.Path, "local.sh")))
            start.ArgumentList.Add(argument);
        start.Environment["ACTORS"] = Path.Combine(AppContext.BaseDirectory, "actors");
        start.Environment["PORT"] = "0";
        start.Environment["HTTP"] = "0";
        start.Environment["PATIENCE"] = "600";
        start.Environment["ACTORS_PROFILE"] = "patient";
        start.Environment["TMPDIR"] = _folder.FullName;
        _script = Process.Start(start)!;
        _output = _script.StandardOutput.ReadToEndAsync();
    }

    public List<(string Address, string Http, int Process)> Nodes { get; } = [];

    public string Errors { get; private set; } = string.Empty;

    public IEnumerable<string> Leftovers => _folder.EnumerateFileSystemInfos().Select(file => file.Name);

    /// <summary>Starts the script and waits until it says that three nodes are there.</summary>
    public static LocalCluster Start(params string[] command)
    {
        var cluster = new LocalCluster(command);
        while (cluster.Nodes.Count < 3 && cluster._script.StandardError.ReadLine() is { } line)
        {
            cluster.Errors += line + "\n";
            if (NodeLine().Match(line) is { Success: true } node)
                cluster.Nodes.Add((node.Groups[1].Value, node.Groups[2].Value, int.Parse(node.Groups[3].Value, CultureInfo.InvariantCulture)));
        }

        return cluster;
    }

    /// <summary>Ends the command that the script waits for.</summary>
    public void EndInput() => _script.StandardInput.Close();

    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _script.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the script's end.</summary>
    public (int Status, string Output) End()
    {
        var rest = _script.StandardError.ReadToEndAsync();
        Assert.True(_script.WaitForExit(Patience), "local.sh doesn't end");
        Errors += rest.GetAwaiter().GetResult();
        return (_script.ExitCode, _output.GetAwaiter().GetResult());
    }

    public void Dispose()
    {
        if (!_script.HasExited)
        {
            Signal("TERM");
            EndInput();
            _script.WaitForExit(Patience);
        }

        _script.Dispose();
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"^node \d: (\S+), metrics and health at (\S+), process (\d+)$")]
    private static partial Regex NodeLine();
}
