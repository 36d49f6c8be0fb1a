using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>A completion that was held back leaves the hypervisor after a reset of the machine.</summary>
internal sealed class CompletionOfOldEpoch : LinkFlaw
{
    private GuestHop.IoCompletion? _last;

    /// <inheritdoc/>
    public override string Name => "completion-of-old-epoch";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I19"];

    /// <inheritdoc/>
    public override string Source => "ACRN: a slot carries no epoch; a completion after a reset is taken for the next request's";

    /// <inheritdoc/>
    public override Plan Plan => base.Plan with
    {
        Workload = new PlanWorkload
        {
            Kind = "reset-loop",
            Bytes = 256,
            Options = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("what", "machine").Add("times", "1").Add("load", "256"),
        },
    };

    /// <inheritdoc/>
    public override void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (message is GuestHop.IoCompletion completion)
        {
            if (_last is not null && _last.Epoch < completion.Epoch)
                Inner.Send(site, to, _last, from);
            _last = completion;
        }

        Inner.Send(site, to, message, from);
    }
}
