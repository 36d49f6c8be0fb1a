using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I11: payload, then used element, then used index, then interrupt.</summary>
internal sealed class PublicationOracle : VirtioOracle
{
    /// <inheritdoc/>
    public override string Id => "I11";

    /// <inheritdoc/>
    public override string Statement => "A device writes a chain's payload before its used element, that before the used index (virtio 1.2 clause 2.7.8.2), and interrupts after it.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (!access.Access.IsWrite || access.Access.IsRefused || access.IsStale || access.Queue is not { IsMisused: false } queue)
            return;
        switch (access.Area)
        {
            case RingArea.UsedIndex when data.Length == sizeof(ushort):
                var published = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(data) - queue.UsedIndex);
                if (published > queue.Staged)
                    Violate(moment, $"{Name(queue)}: {published} chains were published by the used index, the elements of {queue.Staged} are written");
                break;
            case RingArea.UsedElement when queue.StagePlace(access.Offset) > queue.Staged:
                Violate(moment, $"{Name(queue)}: used element {access.Offset} was written while the used index is {queue.UsedIndex} and {queue.Staged} elements wait to be published");
                break;
            case RingArea.Writable when access.Chain is { IsOutstanding: false } chain:
                Violate(moment, $"{Name(queue)}: {access.Access.Length} bytes were written to chain {chain.Head}, which had been given back");
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.Message is not InterruptHop.InjectMsi || Model.DeviceOf(send.From) is not { } device)
            return;
        foreach (var queue in device.Queues)
        {
            if (queue is { IsLive: true, IsMisused: false, Staged: > 0 })
                Violate(moment, $"{Name(queue)}: an interrupt left while {queue.Staged} used elements were written and not published");
        }
    }
}
