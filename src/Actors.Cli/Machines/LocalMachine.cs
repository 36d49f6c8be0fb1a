using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Runs a machine in this process, on a node of its own.</summary>
internal sealed class LocalMachine(IGuestCatalog guests) : IMachineRunner
{
    public async Task<MachineResult> RunAsync(VmSpec spec, RunOptions options, CancellationToken stop)
    {
        using var node = Node.Start(guests, options.Trace);
        var session = MachineSession.Launch(node, spec);
        try
        {
            var started = await session.Started;
            foreach (var notice in started.Notices)
            {
                options.Notice(notice);
            }

            await using var registration = stop.Register(session.Stop);
            var ended = await session.Ended;
            return new MachineResult.Ended(ended.End, ended.Detail, ended.Ports);
        }
        catch (MachineRefusedException refused)
        {
            return new MachineResult.Refused(refused.Message);
        }
    }
}
