using System.ComponentModel;
using System.Diagnostics;

namespace Actors.Protocol.Tests.Wire;

/// <summary>The system's own <c>linux/acrn.h</c>, asked by a small C program.</summary>
internal static class SystemAcrnHeader
{
    private static readonly string[] Compilers = ["cc", "gcc", "clang"];

    /// <summary>Values of C expressions in order; skips the test where no compiler or no header is installed.</summary>
    public static long[] Evaluate(IReadOnlyList<string> expressions)
    {
        var compiler = Array.Find(Compilers, name => TryRun(name, ["--version"], "") is { Status: 0 });
        Skip.If(compiler is null, "no C compiler is installed");
        var probe = TryRun(compiler!, ["-E", "-x", "c", "-"], "#include <linux/acrn.h>\n");
        Skip.If(probe is not { Status: 0 }, "the header linux/acrn.h is not installed");

        var folder = Directory.CreateTempSubdirectory("actors-abi-");
        try
        {
            var program = Path.Combine(folder.FullName, "abi");
            var lines = expressions.Select(expression => $"    printf(\"%lld\\n\", (long long)({expression}));\n");
            var source = $"#include <stddef.h>\n#include <stdio.h>\n#include <linux/acrn.h>\nint main(void)\n{{\n{string.Concat(lines)}    return 0;\n}}\n";
            var compiled = TryRun(compiler!, ["-x", "c", "-o", program, "-"], source);
            Assert.True(compiled is { Status: 0 }, compiled?.Error);

            var run = TryRun(program, [], "");
            Assert.True(run is { Status: 0 }, run?.Error);
            return [.. run!.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(long.Parse)];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Finished? TryRun(string program, string[] arguments, string input)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new Finished(process.ExitCode, output, error.Result);
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private sealed record Finished(int Status, string Output, string Error);
}
