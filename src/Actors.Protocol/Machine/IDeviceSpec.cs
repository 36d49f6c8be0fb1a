namespace Actors.Protocol;

/// <summary>A PCI device of a machine. What it is made of is up to the device model of the node that serves it.</summary>
public interface IDeviceSpec
{
    /// <summary>Where it sits on the PCI bus.</summary>
    Bdf Function { get; }

    /// <summary>True: queue doorbells are registered with the HSM; false: kicks take the slow path. A device without virtqueues has none.</summary>
    bool Ioeventfd { get; }

    /// <summary>True: registered doorbells use the asyncio fast path.</summary>
    bool Asyncio { get; }
}

/// <summary>A device that whoever runs the machine brought along.</summary>
/// <param name="Function">Where it sits on the PCI bus.</param>
/// <param name="Name">What it is called on every node that may serve it.</param>
/// <param name="IsVirtio">True: it is behind the modern virtio-pci transport; false: a PCI function with registers of its own.</param>
/// <param name="Ioeventfd">True: queue doorbells are registered with the HSM; false: kicks take the slow path.</param>
/// <param name="Asyncio">True: registered doorbells use the asyncio fast path.</param>
public sealed record OwnDeviceSpec(Bdf Function, string Name, bool IsVirtio, bool Ioeventfd = true, bool Asyncio = false) : IDeviceSpec;
