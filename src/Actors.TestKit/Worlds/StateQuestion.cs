using System.Diagnostics;
using Actors.Cluster;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>Asks the actors of a machine in real time for its state, by messages as everybody else does.</summary>
internal static class StateQuestion
{
    /// <summary>Not every change of a state is an event of the path: so often it is asked for again.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(20);

    /// <summary>The state now. Takes as long as the slowest actor, at most <see cref="InspectCollector.Patience"/>.</summary>
    public static InspectNode? Ask(ActorSystem system, IEnumerable<IActorRef> roots) => MachineState.ReadAsync(system, roots, new VmId(0)).GetAwaiter().GetResult().Tree();

    /// <summary>Asks after each event, and now and then, until the state is so.</summary>
    public static bool Wait(Recording recording, Func<InspectNode?> ask, Func<InspectNode?, bool> isSo, TimeSpan within)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            // What happens while the actors answer is reason to ask again at once.
            var seen = recording.Last;
            if (isSo(ask()))
                return true;
            var left = within - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
                return false;
            recording.WaitFor(() => recording.Last != seen, left < Period ? left : Period);
        }
    }
}
