using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>What the service side of a split VM makes happen.</summary>
internal interface ISplitEffects
{
    /// <summary>Chooses a service node for the VM and counts it there; null when there is none, and then <see cref="SplitService.NodeCame"/> is called when one comes.</summary>
    string? TakeNode(string? except);

    /// <summary>The VM is at this node no more.</summary>
    void ReleaseNode(string node);

    /// <summary>To the device model of a node; may get lost with it.</summary>
    void Send(string node, object message);

    /// <summary>Makes the order that goes to a device model.</summary>
    object Order(FencingToken fence, bool isAdoption);

    /// <summary>To the VM's owner.</summary>
    void TellOwner(object message);

    /// <summary>Asks for a token above all before; it comes by <see cref="SplitService.Take(FencingToken)"/>.</summary>
    void AskToken();

    /// <summary>For a person.</summary>
    void Say(string sentence);

    /// <summary>Nothing is left to do.</summary>
    void Leave();
}
