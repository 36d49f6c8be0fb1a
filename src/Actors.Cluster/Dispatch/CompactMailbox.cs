using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Actors.Cluster;

/// <summary>Gives actors a <see cref="CompactMessageQueue"/>: <c>mailbox-type</c> in HOCON. The two constructor parameters are what Akka calls it with.</summary>
internal sealed class CompactMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<CompactMessageQueue>
{
    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new CompactMessageQueue();
}
