using System.Diagnostics;

namespace Actors.Simulation.Tests;

/// <summary>A browser without a window, where there is one.</summary>
internal static class Browser
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Its file, or null.</summary>
    public static string? File { get; } = Names
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(System.IO.File.Exists);

    /// <summary>Takes a picture of a page.</summary>
    public static void Screenshot(string page, string picture, int width, int height, params string[] options) =>
        Run([$"--screenshot={picture}", $"--window-size={width},{height}", .. options, new Uri(page).AbsoluteUri]);

    /// <summary>The page's elements after its scripts have run, and what they said on the console.</summary>
    public static (string Dom, string Console) Dump(string page, string fragment = "") =>
        Run(["--dump-dom", "--window-size=1280,1000", new Uri(page).AbsoluteUri + fragment]);

    private static (string Output, string Console) Run(IEnumerable<string> arguments)
    {
        var profile = Directory.CreateTempSubdirectory("browser-").FullName;
        try
        {
            var start = new ProcessStartInfo(File!) { RedirectStandardOutput = true, RedirectStandardError = true };
            string[] always =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions", "--disable-dev-shm-usage",
                "--enable-logging=stderr", "--virtual-time-budget=2000", $"--user-data-dir={profile}",
            ];
            foreach (var argument in always.Concat(arguments))
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            var console = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (output, console.GetAwaiter().GetResult());
        }
        finally
        {
            try
            {
                Directory.Delete(profile, recursive: true);
            }
            catch (IOException)
            {
                // The browser's last helper may still write there.
            }
        }
    }
}
