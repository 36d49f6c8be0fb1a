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

            using var inspection = options.Inspect is { } request ? new MachineInspection(node, spec.Vm, request) : null;
            await using var registration = stop.Register(() => _ = StopAsync(session, inspection));
            var ended = await session.Ended;
            if (inspection is { HasShown: false })
                options.Notice("the machine ended by itself before its state was asked for (SIGQUIT asks)");
            return new MachineResult.Ended(ended.End, ended.Detail, ended.Ports);
        }
        catch (MachineRefusedException refused)
        {
            return new MachineResult.Refused(refused.Message);
        }
    }

    /// <summary>Its state first: afterwards there is none.</summary>
    private static async Task StopAsync(MachineSession session, MachineInspection? inspection)
    {
        if (inspection is not null)
            await inspection.ShowAsync();
        session.Stop();
    }
}
