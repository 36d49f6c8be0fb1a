using System.Collections.Concurrent;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hypervisor.Tests;

/// <summary>Writes down what crosses which link, and loses what it is told to.</summary>
internal sealed class RecordingLinks : ILinkInterceptor
{
    public ConcurrentQueue<(string Site, object Message)> Sent { get; } = new();

    public Func<object, bool> Loses { get; set; } = _ => false;

    public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        Sent.Enqueue((site.Name, message));
        if (!Loses(message))
            to.Tell(message, from);
    }
}
