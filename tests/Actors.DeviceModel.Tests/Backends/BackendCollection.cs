namespace Actors.DeviceModel.Tests;

/// <summary>Tests with real descriptors run one at a time and beside no others: they count descriptors, and stdio is one per process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class BackendCollection
{
    public const string Name = "Backends";
}
