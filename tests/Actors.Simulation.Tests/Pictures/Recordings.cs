using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>Recordings to draw.</summary>
internal static class Recordings
{
    /// <summary>A name that would be markup, a directive or the end of a line where it isn't written as a text.</summary>
    public const string Hostile = "</script><img src=x onerror=alert(1)>;end\n%%{init: {}}%% #35;\u202e\u001b[2J\"";

    private static readonly IoAccess Kick = IoAccess.Store(0x8000_7004, 2, 1);

    /// <summary>A kick of a transmit queue in reality, from the exit to the interrupt, and a second exit.</summary>
    public static string Kicked(string port = "console")
    {
        using var output = new StringWriter();
        var lines = new PathTraceLines(output, "hello");
        var vm = new VmId(7);
        var device = new Bdf(0, 3, 0);
        var cookie = (((long)device.RequesterId << 16) | 1) + 1;
        long time = 1000;
        foreach (var hop in new[]
        {
            PathHop.VmExit, PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler, PathHop.IoreqDispatch, PathHop.WakeClient, PathHop.IoreqTask,
        })
        {
            lines.Write(time += 10, new PathStep(hop, vm, 0, 5, Kick));
        }

        lines.Write(time += 10, new PathStep(PathHop.IoeventfdHandler, vm, 0, 5, Kick, cookie));
        lines.Write(time += 10, new PathStep(PathHop.NotifyRequestFinish, vm, 0, 5, Kick));
        lines.Write(time += 10, new PathStep(PathHop.NotifyRequestFinish, vm, 0, 5, Kick) { At = PathRoom.Hypervisor });
        lines.Write(time += 10, new PathStep(PathHop.VmEntry, vm, 0, 5, Kick));
        lines.Write(time += 10, new PathStep(PathHop.VmExit, vm, 0, 6, IoAccess.In(0x60, 1)));
        lines.Write(time += 10, new PathStep(PathHop.IothreadHandler, vm, -1, 0, default, 1, null, device));
        lines.Write(time += 10, new PathStep(PathHop.NotifyTx, vm, -1, 0, default, 1, null, device));
        lines.Write(time += 10, new PathStep(PathHop.BackendWrite, vm, -1, 0, default, 14, port, device));
        lines.Write(time += 10, new PathStep(PathHop.EndChains, vm, -1, 0, default, 1, null, device));
        lines.Write(time += 10, new PathStep(PathHop.DeviceInterrupt, vm, -1, 0, default, 48, "MSI-X", device));
        lines.Write(time += 10, new PathStep(PathHop.InjectInterrupt, vm, -1, 9, default, 48));
        lines.Write(time += 10, new PathStep(PathHop.InjectInterrupt, vm, -1, 0, default, 48, "msi") { At = PathRoom.Hypervisor });
        lines.Write(time + 10, new PathStep(PathHop.VcpuInterrupt, vm, 0, 0, default, 48));
        return output.ToString();
    }

    /// <summary>A run of a world with faults, as a file.</summary>
    public static (string File, RunResult Result) World()
    {
        using var host = new SimHost();
        var result = host.Run(new RunRequest(SampleRuns.Plan, 3) { RecordsTrace = true });
        using var output = new StringWriter();
        TraceJson.Write(output, result);
        return (output.ToString(), result);
    }

    /// <summary>Reads what must be readable.</summary>
    public static TraceReading Read(string file, TraceSelection? selection = null)
    {
        Assert.True(TraceFile.TryRead(new StringReader(file), selection ?? new TraceSelection(), out var reading, out var problem), problem);
        return reading!;
    }

    /// <summary>Why a file can't be read.</summary>
    public static string Problem(string file, TraceSelection? selection = null)
    {
        Assert.False(TraceFile.TryRead(new StringReader(file), selection ?? new TraceSelection(), out _, out var problem));
        return problem;
    }

    /// <summary>The chart of a file.</summary>
    public static Chart Chart(string file, TraceSelection? selection = null) => Simulation.Chart.Of(Read(file, selection));

    /// <summary>Hops of a reading in order.</summary>
    public static ImmutableArray<PathHop> Hops(TraceReading reading) => [.. reading.Recording.Events.Select(recorded => recorded.Event).OfType<PathStep>().Select(step => step.Hop)];
}
