using System.Collections.Immutable;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>PCI devices that a test brought along: what its machine's description says of them, and how nodes make them.</summary>
internal sealed class OwnDevices
{
    private readonly Dictionary<string, Func<OwnDevice>> _makers = [];

    /// <summary>Makes an empty list.</summary>
    public OwnDevices() => Catalog = new DeviceCatalog(name => _makers.GetValueOrDefault(name)?.Invoke());

    /// <summary>As the machine's description says them.</summary>
    public ImmutableArray<OwnDeviceSpec> Specs { get; private set; } = [];

    /// <summary>What makes them, on every node.</summary>
    public DeviceCatalog Catalog { get; }

    /// <summary>Adds one.</summary>
    /// <exception cref="ArgumentException">Its place is taken by another of the test's.</exception>
    public void Add(OwnDeviceSpec spec, Func<OwnDevice> make)
    {
        if (!_makers.TryAdd(spec.Name, make))
            throw new ArgumentException($"There is a device of the test's own at {spec.Function} already.", nameof(spec));
        Specs = Specs.Add(spec);
    }
}
