using System.CommandLine;

namespace Actors.Cli;

internal static class Program
{
    private static int Main(string[] args) =>
        new RootCommand("A distributed emulator of the I/O path of a hypervisor.").Parse(args).Invoke();
}
