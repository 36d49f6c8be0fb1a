using System.Diagnostics;

namespace Actors.Bench;

/// <summary>Wall and CPU time (all threads of this process) of a piece of work.</summary>
internal readonly record struct CpuSpan(double WallSeconds, double CpuSeconds)
{
    public static CpuSpan Of(Action work)
    {
        using var process = Process.GetCurrentProcess();
        process.Refresh();
        var cpu = process.TotalProcessorTime;
        var wall = Stopwatch.GetTimestamp();
        work();
        var elapsed = Stopwatch.GetElapsedTime(wall);
        process.Refresh();
        return new CpuSpan(elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }
}
