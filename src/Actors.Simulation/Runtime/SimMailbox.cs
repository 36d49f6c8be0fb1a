using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace Actors.Simulation;

/// <summary>The mailbox type of a host's actor system.</summary>
internal sealed class SimMailbox : MailboxType, IProducesMessageQueue<SimActor>
{
    private readonly SimHost _host;

    public SimMailbox(Settings settings, Config config)
        : base(settings, config) => _host = settings.Setup.Get<SimSetup>().Value.Host;

    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => _host.Adopt(owner);
}
