using Actors.Protocol;

namespace Actors.Cli;

internal static class Program
{
    private static int Main(string[] args) =>
        new CommandLine(new Unassembled(), _ => null).Invoke(args, Console.Out, Console.Error);

    /// <summary>Stands here until the rooms are put together.</summary>
    private sealed class Unassembled : IMachineRunner
    {
        public Task<MachineResult> RunAsync(VmSpec spec, RunOptions options, CancellationToken stop) =>
            Task.FromResult<MachineResult>(new MachineResult.Refused("this build has no rooms yet"));
    }
}
