namespace Actors.Scenarios;

/// <summary>One hostile guest at a time.</summary>
[CollectionDefinition(Name)]
public sealed class HostileCollection
{
    public const string Name = "Hostile guests";
}
