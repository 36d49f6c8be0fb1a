using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// One thing that happened on the path, as a recording keeps it. One record for each kind; what a kind has beside these is said there. The same events are recorded in the
/// simulated world, in real time and on a cluster.
/// </summary>
public abstract record HopEvent
{
    /// <summary>Its place in the recording, from 1.</summary>
    public long Sequence { get; init; }

    /// <summary>Since the recording's world began: virtual time in the simulated world, real time elsewhere.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Whose. In a cluster of the simulated world the number of the incarnation.</summary>
    public VmId Vm { get; init; }

    /// <summary>The step of docs/path.md; null for what is no step (slots, bytes, faults, lives).</summary>
    public PathHop? Hop { get; init; }

    /// <summary>Index of the vCPU whose access this is about, or -1.</summary>
    public int Vcpu { get; init; } = -1;

    /// <summary>Number of the I/O request within its vCPU's epoch, or 0.</summary>
    public ulong Request { get; init; }

    /// <summary>The PCI function of the device that it is about; the default (0.0.0) where no device is known.</summary>
    public Bdf Device { get; init; }

    /// <summary>Name of the node where it was recorded; empty where there is one.</summary>
    public string Node { get; init; } = string.Empty;

    /// <summary>What it was made of: what pictures are drawn from.</summary>
    internal HopSource Source { get; init; }

    /// <summary>The name of the step in ACRN or Linux, or the kind of what happened.</summary>
    public string Name => Hop is { } hop ? HopNames.Of(hop) : Kind;

    /// <summary>What a person reads after the name: numbers and names that tell this event from others of its kind; may be empty.</summary>
    public abstract string Detail { get; }

    /// <summary>Which of the six lanes of a picture it belongs to.</summary>
    public virtual HopLane Lane => Hop is { } hop ? HopNames.LaneOf(hop) : HopLane.Hypervisor;

    /// <summary>A word for the kind.</summary>
    private protected virtual string Kind => GetType().Name.Replace("Event", string.Empty, StringComparison.Ordinal);

    /// <summary>One line: time, VM, name, detail.</summary>
    public sealed override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{HopText.Time(Time)} {Vm}{(Vcpu >= 0 ? $".{Vcpu}" : string.Empty)} {Name}{(Detail.Length > 0 ? " " : string.Empty)}{Detail}");
}

/// <summary>Lanes of a picture of the path, top to bottom or left to right.</summary>
public enum HopLane : byte
{
    /// <summary>The guest: vCPUs.</summary>
    Guest,

    /// <summary>The hypervisor.</summary>
    Hypervisor,

    /// <summary>The HSM.</summary>
    Hsm,

    /// <summary>The device model: PCI, transport, device.</summary>
    DeviceModel,

    /// <summary>A port of a device.</summary>
    Port,

    /// <summary>What is behind a port.</summary>
    Backend,
}
