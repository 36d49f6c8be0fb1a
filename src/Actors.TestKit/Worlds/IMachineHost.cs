using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>What a machine needs of the world that it runs in: all that differs between the three.</summary>
internal interface IMachineHost : IDisposable
{
    /// <summary>How long something may take that a test waits for and gives no time for.</summary>
    TimeSpan Patience { get; }

    /// <summary>Time since the world began.</summary>
    TimeSpan Now { get; }

    /// <summary>Why the machine isn't there, or ended badly; null while all is well.</summary>
    string? Trouble { get; }

    /// <summary>Whether the machine has ended.</summary>
    bool IsEnded { get; }

    /// <summary>The choices of the run so far; null: the world makes none that could be made again.</summary>
    /// <param name="what">What they are kept for.</param>
    ChoiceLog? LogSoFar(string what);

    /// <summary>Where a run by a log isn't the log's, as it must be when both have failed; null: it is, or there is no log.</summary>
    string? Divergence { get; }

    /// <summary>Asks for the machine.</summary>
    void Launch();

    /// <summary>The machine's guest is up: faults of the description may strike from now on.</summary>
    void Booted();

    /// <summary>Lets the world go on until something is so. False: it wasn't in time.</summary>
    bool Wait(Func<bool> isSo, TimeSpan within);

    /// <summary>The machine's state as its actors have it now; null: there is no machine. In the simulated world the run is the same as without this.</summary>
    InspectNode? Inspect();

    /// <summary>Lets the world go on until the machine's state is so. False: it wasn't in time.</summary>
    bool WaitForState(Func<InspectNode?, bool> isSo, TimeSpan within);

    /// <summary>Asks a vCPU's guest to look for orders.</summary>
    void Nudge(int vcpu);

    /// <summary>Does something to what the world's actors use, where that is safe.</summary>
    void Act(Action action);

    /// <summary>Adds a fault.</summary>
    /// <exception cref="NotSupportedException">This world can't do it; the sentence says which can.</exception>
    void Break(FaultRule rule);

    /// <summary>Crashes a part at its next message.</summary>
    void Crash(SimPart part, Bdf device, int port);

    /// <summary>Path of a part below <c>/user</c>.</summary>
    string PathOf(SimPart part, Bdf device, int port);

    /// <summary>Kills the node that runs the machine.</summary>
    void CrashNode();

    /// <summary>Ends the machine's world and says what was wrong in it: a sentence for each demand that was not met.</summary>
    /// <param name="isHostile">The guest broke its own rings: what it has in them is owed to nobody.</param>
    IReadOnlyList<string> Finish(bool isHostile);
}
