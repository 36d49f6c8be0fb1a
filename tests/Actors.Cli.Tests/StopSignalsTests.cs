using System.Runtime.InteropServices;

namespace Actors.Cli.Tests;

[Collection(ProcessSignals.Name)]
public sealed partial class StopSignalsTests
{
    private const int Hangup = 1;
    private const int Interrupt = 2;
    private const int Terminate = 15;

    [Fact]
    public void The_first_signal_asks_for_an_orderly_end()
    {
        var exits = new List<int>();
        using var signals = StopSignals.Unregistered(exits.Add);
        Assert.False(signals.Stop.IsCancellationRequested);
        Assert.Null(signals.Status);

        signals.Take(Terminate);

        Assert.True(signals.Stop.IsCancellationRequested);
        Assert.Equal(143, signals.Status);
        Assert.Empty(exits);
    }

    [Fact]
    public void The_second_signal_leaves_at_once()
    {
        var exits = new List<int>();
        using var signals = StopSignals.Unregistered(exits.Add);

        signals.Take(Terminate);
        signals.Take(Interrupt);

        Assert.Equal([130], exits);
        Assert.Equal(143, signals.Status);
    }

    [SkippableFact]
    public void A_signal_to_the_process_arrives_and_doesn_t_end_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals can't be sent here");
        using var signals = StopSignals.Register();

        Assert.Equal(0, Send(Environment.ProcessId, Hangup));

        Assert.True(signals.Stop.WaitHandle.WaitOne(TimeSpan.FromMinutes(10)));
        Assert.Equal(129, signals.Status);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);
}

/// <summary>Tests that send signals to their own process, in which other tests run the program: they run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessSignals
{
    public const string Name = "signals to this process";
}
