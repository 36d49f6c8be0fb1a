using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Between a VM's actor and the actor of one of its devices. What waits for an answer is repeated; a device answers a repetition as it answered before.
/// What changes outside the register itself, the places of BARs, comes with the answer, so that it is in force before the guest goes on.
/// </summary>
internal static class DeviceHop
{
    /// <summary>VM to device: a register access.</summary>
    /// <param name="Epoch">Of the VM.</param>
    /// <param name="Vcpu">Whose request.</param>
    /// <param name="Sequence">Which of its requests.</param>
    /// <param name="Bar">BAR index, or <see cref="Configuration"/>.</param>
    /// <param name="Offset">Offset in the BAR, or register.</param>
    /// <param name="Io">What the guest did.</param>
    public sealed record Access(uint Epoch, int Vcpu, ulong Sequence, int Bar, ulong Offset, IoAccess Io);

    /// <summary>Device to VM: the answer to <see cref="DeviceHop.Access"/>.</summary>
    /// <param name="Epoch">Of the VM.</param>
    /// <param name="Vcpu">Whose request.</param>
    /// <param name="Sequence">Which of its requests.</param>
    /// <param name="Value">Value read; 0 for a write.</param>
    /// <param name="Bars">Where BARs decode, when the access changed that.</param>
    public sealed record AccessDone(uint Epoch, int Vcpu, ulong Sequence, ulong Value, BarPlaces? Bars);

    /// <summary>VM to device: the range tables refuse a BAR's place.</summary>
    public sealed record BarRefused(uint Epoch, int Bar, ulong Address);

    /// <summary>VM to device: the HSM was restarted and lost the doorbells; register them again. Answered by <see cref="RegisteringAgain"/>.</summary>
    public sealed record RegisterAgain(int Incarnation);

    /// <summary>Device to VM.</summary>
    public sealed record RegisteringAgain(Bdf Function, int Incarnation);

    /// <summary>VM to device: the machine is reset; forget everything. Answered by <see cref="ResetDone"/>.</summary>
    public sealed record Reset(uint Epoch);

    /// <summary>Device to VM.</summary>
    public sealed record ResetDone(Bdf Function, uint Epoch, BarPlaces Bars);

    /// <summary>VM to device: the machine's new epoch; decode again. Answered by <see cref="EpochBegun"/>.</summary>
    public sealed record BeginEpoch(uint Epoch);

    /// <summary>Device to VM.</summary>
    public sealed record EpochBegun(Bdf Function, uint Epoch, BarPlaces Bars);

    /// <summary>Device to VM: level of the INTx pin. Repeated until seen.</summary>
    public sealed record Intx(Bdf Function, uint Epoch, uint Change, bool IsAsserted);

    /// <summary>Device to VM: a new incarnation goes on; what is unanswered may have got lost with the one before.</summary>
    public sealed record Restarted(Bdf Function, int Incarnation);

    /// <summary>Port to device to VM: something that a person should know.</summary>
    public sealed record Notice(string Sentence);

    /// <summary>Port to device to VM: a backend waits, since it remembers a token that is higher than the machine's. Said again until <see cref="Raise"/> comes.</summary>
    public sealed record Remembered(Bdf Function, FencingToken Seen);

    /// <summary>VM to device: its ports' backends go on with a higher token.</summary>
    public sealed record Raise(FencingToken Fence);

    /// <summary>VM to device: the answer to <see cref="Intx"/>.</summary>
    public sealed record IntxSeen(uint Change);

    /// <summary>VM to device: the node leaves. Take nothing from the guest any more, and see that backends get what ports have. Answered by <see cref="Drained"/>; may be repeated.</summary>
    public sealed record Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>Device to VM: what ports had is written, or had its time, and the guest's side knows it.</summary>
    public sealed record Drained(Bdf Function);

    /// <summary>VM to device: the machine ends; close the ports. Answered by <see cref="Closed"/>.</summary>
    public sealed record Close
    {
        /// <summary>The one there is.</summary>
        public static readonly Close Instance = new();
    }

    /// <summary>Device to VM: all ports are closed.</summary>
    public sealed record Closed(Bdf Function, ImmutableArray<PortReport> Ports);

    /// <summary>The <see cref="Access.Bar"/> of configuration space.</summary>
    public const int Configuration = -1;
}

/// <summary>Where all BARs of a function decode; a later version replaces an earlier one.</summary>
internal sealed record BarPlaces(ulong Version, ImmutableArray<BarPlace> Places);

/// <summary>Where one BAR decodes.</summary>
internal readonly record struct BarPlace(int Bar, PciBarKind Kind, ulong Address, ulong Size)
{
    /// <summary>True for ports, false for memory.</summary>
    public bool IsPort => Kind == PciBarKind.Io;
}
