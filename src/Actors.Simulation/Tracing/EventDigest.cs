using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A number for a recorded event, from what happened and when: equal events of two runs have equal numbers.</summary>
internal sealed class EventDigest
{
    private readonly MessageDigest _messages = new();

    public ulong Of(in RecordedEvent recorded)
    {
        var (moment, happened, data) = (recorded.Moment, recorded.Event, recorded.Data);
        var at = TraceHash.Mix(TraceHash.Mix((ulong)moment.Ticks, (ulong)(uint)moment.Actor), (ulong)moment.Cause);
        return TraceHash.Mix(TraceHash.Mix(at, TraceHash.Of(data.AsSpan())), happened switch
        {
            SendEvent e => Words(
                1, ((ulong)(uint)e.From << 32) | (uint)e.To, _messages.Of(e.Message),
                TextHash(e.Site?.Name) ^ (e.IsDelivered ? 1UL : 0) ^ (e.IsLate ? 2UL : 0)),
            ReceiveEvent e => Words(2, (ulong)(uint)e.Actor, _messages.Of(e.Message), 0),
            MemoryEvent e => Words(3, e.Address, ((ulong)(uint)e.Length << 32) | (uint)e.Vm.Value, ((ulong)e.Who << 2) | (e.IsWrite ? 1UL : 0) | (e.IsRefused ? 2UL : 0)),
            PathStep e => Words(4, ((ulong)e.Hop << 32) | (uint)e.Vcpu, e.Sequence, (ulong)e.Detail ^ e.Access.Address ^ (e.Access.Value << 17)),
            SlotStep e => Words(5, ((ulong)e.From << 24) | ((ulong)e.To << 16) | ((ulong)e.Owner << 8) | (ulong)e.View, e.Sequence, ((ulong)e.Epoch << 32) | (uint)e.Vcpu),
            BackendEvent e => Words(6, ((ulong)e.Kind << 32) | (uint)e.Count, (ulong)(uint)e.Port, (ulong)(uint)e.Incarnation),
            FaultEvent e => Words(7, ((ulong)e.Kind << 32) | (uint)e.Rule, (ulong)e.Occurrence, (ulong)e.Detail ^ (ulong)(uint)e.Target),
            WorldPhase e => Words(8, (ulong)e, 0, 0),
            LifeStep e => Words(9, (ulong)e.Change, (ulong)(uint)e.Vm.Value, TextHash(e.Actor) ^ (uint)e.Incarnation),
            ClusterEvent e => Words(11, ((ulong)e.Kind << 32) | (uint)e.Node, e.Token, ((ulong)(uint)e.Vm << 32) ^ ((ulong)(uint)e.Machine << 16) ^ (uint)e.Other),
            _ => 10,
        });
    }

    private static ulong Words(ulong kind, ulong a, ulong b, ulong c) => TraceHash.Mix(TraceHash.Mix(TraceHash.Mix(kind, a), b), c);

    private static ulong TextHash(string? text)
    {
        var hash = 0UL;
        foreach (var letter in text ?? string.Empty)
            hash = TraceHash.Mix(hash, letter);
        return hash;
    }
}
