namespace Actors.Protocol;

/// <summary>Names one virtual machine on a node or cluster. Shown as <c>vm-7</c>, which is also the name of its actors.</summary>
public readonly record struct VmId(int Value)
{
    /// <summary>The actor name of the VM in every room.</summary>
    public override string ToString() => $"vm-{Value}";
}
