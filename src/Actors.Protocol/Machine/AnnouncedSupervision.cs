using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Actor.Internal;

namespace Actors.Protocol;

/// <summary>
/// Supervision that says what it does: each crash of a child, and what follows, goes to the trace as a <see cref="LifeStep"/>. What follows is the
/// directive's: restarted with what the child's props keep, resumed as it is (the message that failed is dropped and its sender repeats it), or given up.
/// </summary>
/// <param name="trace">Where it is said, or null.</param>
/// <param name="vm">Of a child: whose it is.</param>
/// <param name="decide">What to do about a failure.</param>
public class AnnouncedSupervision(PathTrace? trace, Func<IActorRef, VmId> vm, Func<Exception, Directive> decide)
    : OneForOneStrategy(int.MaxValue, Timeout.Infinite, decide)
{
    private readonly ConditionalWeakTable<IActorRef, StrongBox<int>> _restarts = [];

    /// <inheritdoc/>
    protected override Directive Handle(IActorRef child, Exception exception)
    {
        var directive = base.Handle(child, exception);
        Announce(child, LifeChange.Crashed, Reason(exception));
        if (directive == Directive.Resume)
            Announce(child, LifeChange.Resumed, null);
        return directive;
    }

    /// <inheritdoc/>
    public override void ProcessFailure(
        IActorContext context, bool restart, IActorRef child, Exception cause, ChildRestartStats stats, IReadOnlyCollection<ChildRestartStats> children)
    {
        base.ProcessFailure(context, restart, child, cause, stats, children);
        if (restart)
            _restarts.GetValue(child, static _ => new StrongBox<int>()).Value++;
        Announce(child, restart ? LifeChange.Restarted : LifeChange.GaveUp, null);
    }

    /// <summary>One line about a failure: of one in another's constructor, the inner one's.</summary>
    protected static string Reason(Exception exception) => (exception.InnerException ?? exception).Message;

    private void Announce(IActorRef child, LifeChange change, string? reason)
    {
        if (trace is null)
            return;

        var path = string.Join('/', child.Path.Elements.Skip(1));
        trace.Record(new LifeStep(vm(child), path, change, _restarts.TryGetValue(child, out var restarts) ? restarts.Value : 0, reason));
    }
}
