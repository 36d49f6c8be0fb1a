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

    /// <summary>Times that it is asked at most until all have answered: who hasn't by then is named.</summary>
    private const int MaxQuestions = 6;

    /// <summary>The state now. Takes as long as the slowest actor. One that doesn't answer in <see cref="InspectCollector.Patience"/> may be on a busy machine, or have gone while it was asked: all are asked again.</summary>
    public static InspectNode? Ask(ActorSystem system, IEnumerable<IActorRef> roots)
    {
        for (var question = 1; ; question++)
        {
            var state = MachineState.ReadAsync(system, roots, new VmId(0)).GetAwaiter().GetResult();
            if (state.Missing.IsEmpty || question == MaxQuestions)
                return state.Tree();
        }
    }

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
