namespace Actors.DeviceModel;

/// <summary>
/// What a queue knows and the guest can't be asked for again. Chains in flight are not part of it: for a device that completes in order,
/// <see cref="Rewound"/> makes them available once more.
/// </summary>
/// <param name="IsReady">The driver set the queue up.</param>
/// <param name="Size">Entries.</param>
/// <param name="DescriptorTable">Guest-physical address.</param>
/// <param name="AvailableRing">Guest-physical address.</param>
/// <param name="UsedRing">Guest-physical address.</param>
/// <param name="LastAvailable">Available index of the next chain to take.</param>
/// <param name="UsedIndex">The device's own used index.</param>
/// <param name="Features">The ring features in effect, as feature bits.</param>
internal readonly record struct VirtqueueState(
    bool IsReady,
    int Size,
    ulong DescriptorTable,
    ulong AvailableRing,
    ulong UsedRing,
    ushort LastAvailable,
    ushort UsedIndex,
    ulong Features)
{
    /// <summary>The state with everything that was taken and not yet used available again.</summary>
    public VirtqueueState Rewound => this with { LastAvailable = UsedIndex };
}
