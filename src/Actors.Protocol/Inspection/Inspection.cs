using System.Collections.Immutable;
using System.Globalization;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>What has state worth looking at: an actor that gives a snapshot of its core.</summary>
public interface IInspectable
{
    /// <summary>The state now, as values. Called between two messages, on the actor's own thread; changes nothing.</summary>
    InspectNode Inspect();
}

/// <summary>The question for an actor's state. Never leaves the node.</summary>
public static class InspectHop
{
    /// <summary>Answer with your state, and pass this on to who is below you. A root passes it on to one VM only.</summary>
    /// <param name="Id">Of the question; the answer carries it.</param>
    /// <param name="Vm">Whose state; null: nobody's, only which VMs there are.</param>
    public sealed record Read(long Id, VmId? Vm);

    /// <summary>The answer of one actor.</summary>
    /// <param name="Id">Of the question.</param>
    /// <param name="Actor">Path below <c>/user</c>.</param>
    /// <param name="Snapshot">Its state; null where it has none.</param>
    /// <param name="Below">Names of the actors that the question went on to, or, of a root that was asked for no VM, of its VMs.</param>
    public sealed record State(long Id, string Actor, InspectNode? Snapshot, ImmutableArray<string> Below);
}

/// <summary>How an actor answers. Called from <c>Unhandled</c>, so that it costs the path nothing.</summary>
public static class Inspection
{
    private const string User = "/user/";

    /// <summary>Answers, if this is the question.</summary>
    /// <param name="context">The actor's.</param>
    /// <param name="message">What it doesn't know.</param>
    /// <param name="actor">The actor.</param>
    public static bool Answers(IActorContext context, object message, object actor)
    {
        if (message is not InspectHop.Read read)
            return false;
        var path = context.Self.Path;
        var isRoot = path.Depth == 2;
        var wanted = read.Vm is { } vm ? $"vm-{vm.Value.ToString(CultureInfo.InvariantCulture)}" : null;
        var below = ImmutableArray.CreateBuilder<string>();
        foreach (var child in context.GetChildren())
        {
            if (isRoot && !(wanted is null ? child.Path.Name.StartsWith("vm-", StringComparison.Ordinal) : child.Path.Name == wanted))
                continue;
            below.Add(child.Path.Name);
            if (wanted is not null)
                child.Forward(read);
        }

        var name = path.ToStringWithoutAddress();
        context.Sender.Tell(
            new InspectHop.State(read.Id, name.StartsWith(User, StringComparison.Ordinal) ? name[User.Length..] : name, (actor as IInspectable)?.Inspect(), below.ToImmutable()), context.Self);
        return true;
    }
}
