namespace Actors.Scenarios;

/// <summary>One hostile guest at a time: some measure the process's memory.</summary>
[CollectionDefinition(Name)]
public sealed class HostileCollection
{
    public const string Name = "Hostile guests";
}
