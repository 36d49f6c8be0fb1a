using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>Who is connected to a receiver: a bounded number, of which a bounded number are strangers, that is have not greeted. Who is slow where it must not be is left.</summary>
internal sealed class ReceiverDoor(ReceiverRefusals refusals)
{
    private readonly Lock _gate = new();
    private readonly HashSet<StreamPeer> _peers = [];
    private readonly LinkedList<StreamPeer> _strangers = [];
    private bool _isShut;

    /// <summary>Connections now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _peers.Count;
        }
    }

    /// <summary>The clock of <see cref="StreamPeer.Deadline"/>.</summary>
    public static long Now() => Environment.TickCount64;

    /// <summary>Somebody comes; false when there is no room, which it was told then, or the door is shut.</summary>
    public bool TryEnter(StreamPeer peer)
    {
        StreamPeer? oldest = null;
        lock (_gate)
        {
            if (_isShut)
                return false;
            if (_peers.Count >= StreamReceiver.MaxConnections)
            {
                refusals.Turn("full", $"{StreamReceiver.MaxConnections} connections are open, another one was refused");
                peer.Answer(new StreamAnswer(StreamStatus.Busy, 0, default));
                return false;
            }

            _peers.Add(peer);
            _strangers.AddLast(peer);
            if (_strangers.Count > StreamReceiver.MaxStrangers)
            {
                oldest = _strangers.First!.Value;
                _strangers.RemoveFirst();
            }
        }

        if (oldest is not null)
        {
            refusals.Turn("strangers", $"more than {StreamReceiver.MaxStrangers} connections had not greeted, the oldest was closed");
            oldest.Leave();
        }

        return true;
    }

    /// <summary>It has greeted.</summary>
    public void Greeted(StreamPeer peer)
    {
        lock (_gate)
            _strangers.Remove(peer);
    }

    /// <summary>It is gone; true when nobody is left.</summary>
    public bool Exit(StreamPeer peer)
    {
        lock (_gate)
        {
            _peers.Remove(peer);
            _strangers.Remove(peer);
            return _peers.Count == 0;
        }
    }

    /// <summary>Leaves who said nothing for too long where it had to.</summary>
    public void LeaveTheSlow()
    {
        List<StreamPeer>? slow = null;
        lock (_gate)
        {
            var now = Now();
            foreach (var peer in _peers)
            {
                if (peer.Deadline < now)
                    (slow ??= []).Add(peer);
            }
        }

        foreach (var peer in slow ?? [])
        {
            refusals.Turn("slow", $"a connection said nothing for {StreamReceiver.PatienceMilliseconds / 1000} s where it had to, and was closed");
            peer.Leave();
        }
    }

    /// <summary>Nobody comes in any more, and everybody is left.</summary>
    public void Shut()
    {
        lock (_gate)
        {
            _isShut = true;
            foreach (var peer in _peers)
                peer.Leave();
        }
    }
}
