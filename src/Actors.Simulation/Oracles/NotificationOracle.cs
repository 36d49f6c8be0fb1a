using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I14 (virtio 1.2, 2.7.7.2): when the used index moved and the driver wants to hear of it, an interrupt follows before time does. Edges may merge, but not to none. A
/// device that crashed owes it until it is back; a vector that is masked owes it until it is open; a device that reaches guest RAM by messages owes it until it has heard what became of them.
/// </summary>
internal sealed class NotificationOracle : InterruptView
{
    private const int MaxQueues = 40;
    private static readonly long Slack = TimeSpan.FromMilliseconds(1).Ticks;
    private static readonly long SlackAfterCrash = TimeSpan.FromSeconds(1).Ticks;

    private static readonly long SlackOfMessages = TimeSpan.FromSeconds(5).Ticks;

    private bool _hasMoved;
    private bool _isOwed;
    private bool _isHeld;
    private bool _hasRaised;

    /// <inheritdoc/>
    public override string Id => "I14";

    /// <inheritdoc/>
    public override string Statement => "A used index that moved past what the driver asked to hear of is followed by an interrupt.";

    /// <inheritdoc/>
    public override WorldInterest Interest => base.Interest | WorldInterest.Memory;

    /// <inheritdoc/>
    public override VirtioInterest Wants => base.Wants | VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnMemory(in Moment moment, in MemoryEvent access, ReadOnlySpan<byte> data)
    {
        if (access is not { IsWrite: true, IsRefused: false, Who: MemoryUser.Guest } || access.Length > 64)
            return;
        foreach (var known in Devices)
        {
            if (known.View.Vm != access.Vm)
                continue;
            foreach (var queue in known.View.Queues)
            {
                if (queue is null || !queue.IsLive || queue.Index >= MaxQueues)
                    continue;
                if (TryPick(access, data, queue.Available, out var flags))
                    known.Flags[queue.Index] = flags;
                if (TryPick(access, data, queue.Available + VirtioSpec.AvailRing + (2 * (ulong)queue.Size), out var wanted))
                    known.Event[queue.Index] = wanted;
            }
        }
    }

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (access.Queue is not { Index: < MaxQueues } queue || access.IsStale || access.Access.IsRefused || data.Length != sizeof(ushort))
            return;
        var known = Of(queue.Device);
        switch (access.Area)
        {
            // What a device reads is what it goes by, whatever a fault made of it.
            case RingArea.AvailableFlags when !access.Access.IsWrite:
                known.Flags[queue.Index] = BinaryPrimitives.ReadUInt16LittleEndian(data);
                break;
            case RingArea.UsedEvent when !access.Access.IsWrite:
                known.Event[queue.Index] = BinaryPrimitives.ReadUInt16LittleEndian(data);
                break;
            case RingArea.UsedIndex when access.Access.IsWrite:
                if ((known.Moved & (1UL << queue.Index)) == 0)
                    known.Looked[queue.Index] = queue.UsedIndex;
                known.Moved |= 1UL << queue.Index;
                _hasMoved = true;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue)
    {
        base.OnReset(moment, device, queue);
        var known = Of(device);
        if (queue is { Index: < MaxQueues })
        {
            known.Owed[queue.Index] = 0;
            known.Held &= ~(1UL << queue.Index);
            return;
        }

        Array.Clear(known.Owed);
        known.Held = 0;
    }

    /// <inheritdoc/>
    public override void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected)
    {
        var known = Of(device);
        var vector = selected.Index < MaxQueues ? known.Msix.VectorOf(selected.Index) : -1;
        base.OnRegister(moment, device, access, selected);

        // What is pending is pending for the vector that it was raised with.
        if (selected.Index < MaxQueues && known.Msix.VectorOf(selected.Index) != vector)
            known.Held &= ~(1UL << selected.Index);
    }

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (_hasMoved)
        {
            _hasMoved = false;
            foreach (var known in Devices)
            {
                if (known.Moved != 0)
                    Look(moment, known);
            }
        }

        if (_hasRaised)
        {
            _hasRaised = false;
            foreach (var known in Devices)
                known.HasRaised = false;
        }

        if (_isHeld)
        {
            _isHeld = false;
            foreach (var known in Devices)
            {
                if (known.Held != 0)
                    Release(moment, known);
            }
        }

        if (!_isOwed)
            return;
        _isOwed = false;
        foreach (var known in Devices)
        {
            for (var queue = 0; queue < MaxQueues; queue++)
            {
                if (known.Owed[queue] != 0)
                    Remind(moment, known, queue);
            }
        }
    }

    /// <inheritdoc/>
    protected override void Raised(in Moment moment, DeviceInterrupts device, uint? data, bool isOfConfiguration)
    {
        if (isOfConfiguration)
            return;
        device.HasRaised = true;
        _hasRaised = true;
        Array.Clear(device.Owed);
        device.Held = 0;
    }

    /// <inheritdoc/>
    protected override void Lived(in Moment moment, DeviceInterrupts device, LifeChange change)
    {
        for (var queue = 0; queue < MaxQueues; queue++)
        {
            if (device.Owed[queue] != 0)
                device.Owed[queue] = moment.Ticks + 1 + SlackAfterCrash;
        }
    }

    private void Look(in Moment moment, DeviceInterrupts known)
    {
        for (var index = 0; index < MaxQueues; index++)
        {
            if ((known.Moved & (1UL << index)) == 0)
                continue;
            var queue = known.View.QueueAt(index);
            var old = known.Looked[index];
            var isAsked = (known.View.Features & VirtioSpec.FeatureEventIndex) != 0
                ? (ushort)(queue.UsedIndex - known.Event[index] - 1) < (ushort)(queue.UsedIndex - old)
                : (known.Flags[index] & VirtioSpec.AvailNoInterrupt) == 0;
            if (isAsked && !known.HasRaised && queue.IsLive && !queue.IsMisused)
                Owe(moment, known, index);
            _isOwed |= known.Owed[index] != 0;
        }

        known.Moved = 0;
    }

    private void Owe(in Moment moment, DeviceInterrupts known, int index)
    {
        if (CanInterrupt(known, index))
        {
            if (known.Owed[index] == 0)
                known.Owed[index] = moment.Ticks + 1;
            _isOwed = true;
        }
        else if (known.Msix.IsHeld(index))
        {
            known.Held |= 1UL << index;
            _isHeld = true;
        }
    }

    /// <summary>What a mask held back is owed from when it is gone.</summary>
    private void Release(in Moment moment, DeviceInterrupts known)
    {
        for (var index = 0; index < MaxQueues; index++)
        {
            if ((known.Held & (1UL << index)) == 0)
                continue;
            var isStill = known.View.MayTouchRam && known.View.QueueAt(index).IsLive && known.Msix.IsEnabled;
            if (isStill && known.Msix.IsHeld(index))
            {
                _isHeld = true;
                continue;
            }

            known.Held &= ~(1UL << index);
            if (isStill)
                Owe(moment, known, index);
        }
    }

    private void Remind(in Moment moment, DeviceInterrupts known, int index)
    {
        if (!known.View.MayTouchRam || !known.View.QueueAt(index).IsLive || !CanInterrupt(known, index))
        {
            known.Owed[index] = 0;
            if (known.View.MayTouchRam && known.View.QueueAt(index).IsLive)
                Owe(moment, known, index);
            return;
        }

        _isOwed = true;
        if (known.IsDown || moment.Ticks <= known.Owed[index] - 1 + (World.Plan.Topology.RemoteMemory ? SlackOfMessages : Slack))
            return;
        known.Owed[index] = 0;
        Violate(moment, $"{Name(known.View.QueueAt(index))}: the used index is {known.View.QueueAt(index).UsedIndex}, the driver wants to hear of it, and no interrupt followed");
    }

    /// <inheritdoc/>
    public override void OnPhase(in Moment moment, WorldPhase phase)
    {
        if (phase != WorldPhase.End || !_isOwed)
            return;
        foreach (var known in Devices)
        {
            for (var index = 0; index < MaxQueues; index++)
            {
                if (known.Owed[index] != 0 && !known.IsDown && known.View.MayTouchRam && CanInterrupt(known, index) && !World.IsOver(known.View.Vm.Value))
                    Violate(moment, $"{Name(known.View.QueueAt(index))}: the used index is {known.View.QueueAt(index).UsedIndex}, and at the end the driver had not been told");
            }
        }
    }

    private static bool CanInterrupt(DeviceInterrupts known, int queue) =>
        known.Msix.IsEnabled ? known.Msix.IsOpen(queue) : !known.IsPinHigh && !known.Msix.IsPinDisabled;

    private static bool TryPick(in MemoryEvent access, ReadOnlySpan<byte> data, ulong place, out ushort value)
    {
        value = 0;
        if (place < access.Address || place - access.Address + sizeof(ushort) > (ulong)data.Length)
            return false;
        value = BinaryPrimitives.ReadUInt16LittleEndian(data[(int)(place - access.Address)..]);
        return true;
    }
}
