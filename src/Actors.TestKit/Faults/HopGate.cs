using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>Stands in front of the links of a machine's world. While nothing is held and no fault is set, messages pass as if it weren't there.</summary>
internal sealed class HopGate : ILinkInterceptor
{
    /// <summary>Messages of a held link that are kept; more are lost, and repeated by who sent them.</summary>
    public const int MaxHeld = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<LinkSite, Queue<Held>> _holds = [];
    private readonly List<HopFault> _faults = [];
    private readonly List<(string Part, Queue<Held> Messages)> _paused = [];
    private ILinkInterceptor? _inner;
    private volatile bool _isActive;

    /// <summary>For messages that come late, in real time; null in the simulated world.</summary>
    public IScheduler? Scheduler { get; set; }

    /// <summary>The links that are held, with the messages that wait there.</summary>
    public IReadOnlyList<(string Site, int Messages)> Waiting
    {
        get
        {
            lock (_lock)
                return [.. _holds.Select(hold => (hold.Key.Name, hold.Value.Count)), .. _paused.Select(part => (part.Part, part.Messages.Count))];
        }
    }

    /// <summary>Takes a place in front of other links.</summary>
    public ILinkInterceptor InFrontOf(ILinkInterceptor inner)
    {
        _inner = inner;
        return this;
    }

    /// <inheritdoc/>
    public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
    {
        if (!_isActive)
        {
            Pass(site, to, message, from);
            return;
        }

        lock (_lock)
        {
            if (QueueOf(site, to) is { } queue)
            {
                if (queue.Count < MaxHeld)
                    queue.Enqueue(new Held(site, to, message, from));
                Withhold(site, to, message, from);
                return;
            }
        }

        Decide(site, to, message, from, isLate: false);
    }

    /// <summary>Holds a link.</summary>
    public void Hold(LinkSite site)
    {
        lock (_lock)
        {
            _holds.TryAdd(site, []);
            _isActive = true;
        }
    }

    /// <summary>Lets the first messages of a held link go; it stays held. False: there were not so many.</summary>
    public bool Release(LinkSite site, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Held held;
            lock (_lock)
            {
                if (!_holds.TryGetValue(site, out var queue) || !queue.TryDequeue(out held))
                    return false;
            }

            Decide(held.Site, held.To, held.Message, held.From, isLate: true);
        }

        return true;
    }

    /// <summary>Lets a held link go, and everything that waits there, in order.</summary>
    public void Release(LinkSite site) => Free(() => _holds.Remove(site, out var queue) ? queue : null);

    /// <summary>Holds everything that comes to a part over links.</summary>
    /// <param name="part">End of its path, such as <c>hsm/vm-0</c>.</param>
    public void Pause(string part)
    {
        lock (_lock)
        {
            if (!_paused.Exists(paused => paused.Part == part))
                _paused.Add((part, []));
            _isActive = true;
        }
    }

    /// <summary>Lets a part go on.</summary>
    public void Resume(string part) => Free(() =>
    {
        var index = _paused.FindIndex(paused => paused.Part == part);
        if (index < 0)
            return null;
        var queue = _paused[index].Messages;
        _paused.RemoveAt(index);
        return queue;
    });

    /// <summary>Everything goes on.</summary>
    public void ReleaseAll()
    {
        LinkSite[] sites;
        string[] parts;
        lock (_lock)
        {
            sites = [.. _holds.Keys];
            parts = [.. _paused.Select(paused => paused.Part)];
            _faults.Clear();
        }

        foreach (var site in sites)
            Release(site);
        foreach (var part in parts)
            Resume(part);
    }

    /// <summary>Sets a fault.</summary>
    public void Add(HopFault fault)
    {
        lock (_lock)
        {
            _faults.Add(fault);
            _isActive = true;
        }
    }

    /// <summary>Delivers, past every hold.</summary>
    /// <param name="site">The link.</param>
    /// <param name="to">The receiver.</param>
    /// <param name="message">The message.</param>
    /// <param name="from">The sender.</param>
    /// <param name="isLate">It waited here, or is a copy.</param>
    private void Pass(LinkSite site, IActorRef to, object message, IActorRef from, bool isLate = false)
    {
        if (_inner is null)
            to.Tell(message, from);
        else if (isLate && _inner is ILateLinks links)
            links.SendLate(site, to, message, from);
        else
            _inner.Send(site, to, message, from);
    }

    private void Withhold(LinkSite site, IActorRef to, object message, IActorRef from) => (_inner as ILateLinks)?.Withhold(site, to, message, from);

    private void Free(Func<Queue<Held>?> take)
    {
        Queue<Held>? queue;
        lock (_lock)
        {
            queue = take();
            _isActive = _holds.Count + _paused.Count + _faults.Count > 0;
        }

        while (queue is not null && queue.TryDequeue(out var held))
            Decide(held.Site, held.To, held.Message, held.From, isLate: true);
    }

    private Queue<Held>? QueueOf(LinkSite site, IActorRef to)
    {
        if (_holds.TryGetValue(site, out var held))
            return held;
        if (_paused.Count == 0)
            return null;
        var path = to.Path.ToStringWithoutAddress();
        foreach (var (part, messages) in _paused)
        {
            if (path.EndsWith(part, StringComparison.Ordinal))
                return messages;
        }

        return null;
    }

    private void Decide(LinkSite site, IActorRef to, object message, IActorRef from, bool isLate)
    {
        var copies = 1;
        lock (_lock)
        {
            foreach (var fault in _faults)
            {
                if (fault is ILateFault addressed)
                    addressed.Receiver = to;
                var verdict = fault.Decide(site, message);
                if (verdict.Act == HopAct.Drop)
                {
                    if (!isLate)
                        Withhold(site, to, message, from);
                    return;
                }

                if (verdict.Act == HopAct.Twice)
                    copies++;
                message = verdict.Instead ?? message;
                if (fault is ILateFault { Lateness: { } late } && Scheduler is not null)
                {
                    Scheduler.ScheduleTellOnce(late, to, message, from);
                    return;
                }
            }
        }

        for (var i = 0; i < copies; i++)
            Pass(site, to, message, from, isLate || i > 0);
    }

    private readonly record struct Held(LinkSite Site, IActorRef To, object Message, IActorRef From);
}

/// <summary>A fault in the box in real time: it may let the message that it was asked about last come late, and says whom it hit.</summary>
internal interface ILateFault
{
    /// <summary>Who is to get the message that it is asked about next.</summary>
    IActorRef? Receiver { get; set; }

    /// <summary>How late; null: in time.</summary>
    TimeSpan? Lateness { get; }
}
