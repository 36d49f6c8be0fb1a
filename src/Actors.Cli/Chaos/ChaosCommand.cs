using System.CommandLine;

namespace Actors.Cli;

/// <summary><c>actors chaos</c>: fault experiments in the simulated world.</summary>
internal sealed class ChaosCommand
{
    public ChaosCommand() => Command = new Command("chaos", "Fault experiments in the simulated world: runs, replays, shrinks and explains them.")
    {
        new ChaosRunCommand().Command,
        new ChaosReplayCommand().Command,
        new ChaosShrinkCommand().Command,
        new ChaosExplainCommand().Command,
        new ChaosListCommand().Command,
        new ChaosFailNthCommand().Command,
        new ChaosCanariesCommand().Command,
    };

    public Command Command { get; }
}
