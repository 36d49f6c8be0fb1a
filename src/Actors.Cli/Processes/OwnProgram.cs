using System.Diagnostics;

namespace Actors.Cli;

/// <summary>How this program is started once more.</summary>
internal static class OwnProgram
{
    private const string Name = "actors";
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>A start of the program with some arguments; from a test, of the program beside it.</summary>
    public static ProcessStartInfo With(IEnumerable<string> arguments)
    {
        var own = Environment.ProcessPath;
        var beside = Path.Combine(AppContext.BaseDirectory, Name);
        var start = Path.GetFileNameWithoutExtension(own) == Name ? new ProcessStartInfo(own!)
            : File.Exists(beside) ? new ProcessStartInfo(beside)
            : new ProcessStartInfo(Path.GetFileNameWithoutExtension(own) == "dotnet" ? own! : "dotnet");
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, Name + ".dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);

        // The runtime's own socket for debuggers would stay in the system's folder when the process is killed. Who wants it can say so.
        start.Environment.TryAdd(Diagnostics, "0");
        start.UseShellExecute = false;
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        return start;
    }
}
