using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cluster;

/// <summary>
/// Asks the actors of a VM on this node for their state, once, and puts the answers together; ends when all have answered, or after <see cref="Patience"/>: who hasn't is named. An actor answers between two
/// messages, so each part of the tree is as of one moment, and the parts are of moments close together.
/// </summary>
internal sealed class InspectCollector : UntypedActor, IWithTimers
{
    /// <summary>Time that actors have to answer: more than they need on a machine at many times its load.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const long Question = 1;

    private readonly ImmutableArray<IActorRef> _roots;
    private readonly VmId? _vm;
    private readonly TaskCompletionSource<MachineState> _answer;
    private readonly List<InspectHop.State> _states = [];
    private readonly HashSet<string> _awaited = new(StringComparer.Ordinal);

    private InspectCollector(ImmutableArray<IActorRef> roots, VmId? vm, TaskCompletionSource<MachineState> answer) => (_roots, _vm, _answer) = (roots, vm, answer);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes one that asks at once.</summary>
    public static Props Props(ImmutableArray<IActorRef> roots, VmId? vm, TaskCompletionSource<MachineState> answer) =>
        Akka.Actor.Props.CreateBy(new Producer(roots, vm, answer));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        foreach (var root in _roots)
        {
            _awaited.Add(root.Path.Name);
            root.Tell(new InspectHop.Read(Question, _vm));
        }

        Timers.StartSingleTimer(nameof(Patience), TimeIsUp.Instance, Patience);
        EndIfAll();
    }

    /// <inheritdoc/>
    protected override void PostStop() => _answer.TrySetResult(new MachineState(_vm, [.. _states], [.. _awaited.Order(StringComparer.Ordinal)]));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InspectHop.State state:
                Take(state);
                EndIfAll();
                break;
            case TimeIsUp:
                Context.Stop(Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Take(InspectHop.State state)
    {
        _states.Add(state);
        if (_vm is not null)
        {
            // A child may have answered before its parent did.
            foreach (var name in state.Below)
                _awaited.Add($"{state.Actor}/{name}");
        }

        foreach (var known in _states)
            _awaited.Remove(known.Actor);
    }

    private void EndIfAll()
    {
        if (_awaited.Count == 0)
            Context.Stop(Self);
    }

    private sealed class Producer(ImmutableArray<IActorRef> roots, VmId? vm, TaskCompletionSource<MachineState> answer) : IIndirectActorProducer
    {
        public Type ActorType => typeof(InspectCollector);

        public ActorBase Produce() => new InspectCollector(roots, vm, answer);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class TimeIsUp
    {
        public static readonly TimeIsUp Instance = new();
    }
}
