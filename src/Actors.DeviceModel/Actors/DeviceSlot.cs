using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>What a VM's actor knows of one of its devices.</summary>
internal sealed class DeviceSlot(IDeviceSpec spec)
{
    /// <summary>Its description.</summary>
    public IDeviceSpec Spec { get; } = spec;

    /// <summary>Its ports.</summary>
    public ImmutableArray<ConsolePortSpec> Ports { get; } = spec is ConsoleDeviceSpec console ? console.Ports : [];

    /// <summary>Its INTx pin.</summary>
    public PciInterrupt Interrupt { get; set; }

    /// <summary>Its ports' backends, open; the device's actor owns them from its first moment.</summary>
    public OpenPort[] Open { get; set; } = [];

    /// <summary>What outlives its actor's crashes, once there is one.</summary>
    public DeviceLife? Life { get; set; }

    /// <summary>Why it is not restarted again, or null.</summary>
    public string? Failure { get; set; }

    /// <summary>Its actor, once there is one.</summary>
    public IActorRef? Actor { get; set; }

    /// <summary>The way there.</summary>
    public Link Link { get; set; }

    /// <summary>Where its BARs decode.</summary>
    public BarPlaces Places { get; set; } = new(0, []);

    /// <summary>Those of them that the range tables refused.</summary>
    public List<BarPlace> Refused { get; } = new(0);

    /// <summary>Its INTx pin as last heard.</summary>
    public bool IsIntxAsserted { get; set; }

    /// <summary>Which change of the pin that was.</summary>
    public uint IntxChange { get; set; }

    /// <summary>The HSM's incarnation at which it has registered its doorbells.</summary>
    public int HsmIncarnation { get; set; }

    /// <summary>The step of the machine that it has answered.</summary>
    public MachineStep Answered { get; set; }

    /// <summary>What became of its ports' bytes, at the end.</summary>
    public ImmutableArray<PortReport> Reports { get; set; } = [];
}
