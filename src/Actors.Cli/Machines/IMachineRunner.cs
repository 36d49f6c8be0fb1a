using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Runs one machine from its description to its end.</summary>
internal interface IMachineRunner
{
    /// <summary>Ends when the machine has ended, or couldn't be made. Cancelling <paramref name="stop"/> asks for an orderly end (StopVm) and is no error.</summary>
    Task<MachineResult> RunAsync(VmSpec spec, RunOptions options, CancellationToken stop);
}
