using Actors.Protocol;

namespace Actors.Cli.Tests;

/// <summary>A machine whose life a test tells.</summary>
internal sealed class ScriptedRunner(Func<VmSpec, RunOptions, CancellationToken, Task<MachineResult>> life) : IMachineRunner
{
    public ScriptedRunner(MachineResult result)
        : this((_, _, _) => Task.FromResult(result))
    {
    }

    public VmSpec? Spec { get; private set; }

    public static MachineResult PowerOff { get; } = new MachineResult.Ended(VmEnd.PowerOff, null, []);

    public Task<MachineResult> RunAsync(VmSpec spec, RunOptions options, CancellationToken stop)
    {
        Spec = spec;
        return life(spec, options, stop);
    }
}
