using System.Diagnostics;

namespace Actors.Scenarios;

/// <summary>A command of the .NET SDK, run to its end as a newcomer would run it.</summary>
internal static class DotnetProcess
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(20);

    // What a test host or an MSBuild around it sets would change what the command does.
    private static readonly string[] _inherited = ["MSBuildSDKsPath", "MSBUILD_EXE_PATH", "MSBuildExtensionsPath", "VSTEST_HOST_DEBUG", "ActorsTestResults", "DOTNET_HOST_PATH"];

    /// <summary>Runs it.</summary>
    /// <param name="program">A path, or <c>dotnet</c>.</param>
    /// <param name="folder">The working directory.</param>
    /// <param name="variables">Added to the environment.</param>
    /// <param name="arguments">One by one.</param>
    public static async Task<ProcessEnd> RunAsync(string program, string folder, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var name in _inherited)
            start.Environment.Remove(name);
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(_patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end: {await output}{await error}");
        }

        return new ProcessEnd(process.ExitCode, System.Text.Encoding.UTF8.GetBytes(await output), await error);
    }
}
