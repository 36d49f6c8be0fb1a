using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// One console port at its backend: output under a policy, input under credit, and the protocol of <see cref="PortHop"/> with the device.
/// It outlives its actor's crashes: kept by <see cref="OpenPort"/>, and given to the next incarnation, which begins it anew (<see cref="Resume"/>).
/// </summary>
internal sealed class Port
{
    private readonly int _index;
    private readonly IPortBackend _backend;
    private readonly ConsolePortSpec _spec;
    private readonly PortOutput _output;
    private readonly PortInput _input;

    private IPortEffects _effects;
    private int _incarnation;
    private int _lives;
    private long _traced;
    private uint _epoch = 1;
    private uint _grant;
    private int _credit;
    private uint _probe;
    private long _emergencyTaken;
    private uint _openSeen;
    private PortHop.Input? _sent;
    private PortHop.Status _told;
    private BackendInterest _armed;
    private DeviceRecord? _adopted;
    private bool _isDraining;
    private string? _toldWarning;

    /// <summary>Makes the port of an open backend.</summary>
    /// <param name="index">Port id.</param>
    /// <param name="backend">The backend.</param>
    /// <param name="spec">The port's description.</param>
    /// <param name="effects">What leaves.</param>
    /// <param name="wasConnected">What the device was told of the backend's other end.</param>
    /// <param name="crashes">Crash points, in a simulated world.</param>
    public Port(int index, IPortBackend backend, ConsolePortSpec spec, IPortEffects effects, bool wasConnected = true, CrashPoints crashes = default)
    {
        _index = index;
        _backend = backend;
        _spec = spec;
        _effects = effects;
        _output = new PortOutput(backend, PortOutputPolicy.Of(spec), new PortDropLog(), crashes);
        _output.Drops.Noted = drop => _effects.Dropped(drop);
        _input = new PortInput(backend);
        _told = new PortHop.Status(index, 0, 1, 0, 0, 0, 0, 0, wasConnected, 0, 0, IsOver: false);
    }

    /// <summary>
    /// Makes the port of a backend that was opened again at another node. It goes on where the one before was, as soon as its backend says how much it has
    /// (<see cref="TryPlace"/>); its device says the rest (<see cref="PortHop.Resume"/>).
    /// </summary>
    public Port(int index, IPortBackend backend, ConsolePortSpec spec, IPortEffects effects, DeviceRecord record, CrashPoints crashes)
        : this(index, backend, spec, effects, record.Ports[index].IsHostOpen, crashes)
    {
        _adopted = record;
        Restore(PortOrigin.Find(record, index, position: null, PortOutputPolicy.Of(spec).Room));
    }

    /// <summary>Messages of an earlier epoch, and repeated ones.</summary>
    public long Stale { get; private set; }

    /// <summary>What was dropped, for the report.</summary>
    public PortDropLog Drops => _output.Drops;

    /// <summary>True when closing need not wait: all is written and read, or nobody is there to write to.</summary>
    public bool IsFlushed => (_output.Unwritten == 0 || _output.IsDisconnected) && _backend is not IHoldingBackend { HoldsOutput: true };

    /// <summary>What became of the bytes.</summary>
    public PortReport Report => new(
        _spec.Name, _output.FromGuest, _output.Written, _output.Drops.Total, _input.Delivered, _input.Held, _output.LastError ?? _input.Error ?? _backend.Warning);

    /// <summary>Bytes that the guest sent, each once.</summary>
    public long FromGuest => _output.FromGuest;

    /// <summary>Rises with every byte that got on: what tells a crash from a storm of crashes.</summary>
    public long Progress => _output.FromGuest + _output.Written + _output.Drops.Total + _input.Delivered + _input.Held;

    /// <summary>The latest incarnation of the device that it knows.</summary>
    public int Incarnation => _incarnation;

    /// <summary>The port begins: waits for its backend.</summary>
    public void Begin() => Serve(mustTell: false);

    /// <summary>
    /// False while the backend of an adopted port has not found out how much it has: nothing may be taken or written before that. Who asked for something asks again.
    /// </summary>
    public bool TryPlace()
    {
        if (_adopted is not { } record)
            return true;
        var resumable = _backend as IResumableBackend;
        if (resumable is { Position: null, IsFenced: false })
            resumable.TryWrite([]);
        if (resumable is { Position: null } and ({ IsFenced: false } or { Remembered.IsGuarded: true }))
        {
            _backend.Arm(BackendInterest.Connect | BackendInterest.Write);
            TellWarning();
            TellRemembered();
            return false;
        }

        _adopted = null;
        var origin = PortOrigin.Find(record, _index, resumable?.Position, PortOutputPolicy.Of(_spec).Room);
        Restore(origin);
        _output.NoteLost();
        _effects.Adopted(origin);
        return true;
    }

    /// <summary>
    /// Goes on in a new incarnation of its actor. The message that the crash cost is said again by whoever waits for an answer; the backend is asked
    /// again what it was asked before, and the device is told at once, as what was on its way may be lost.
    /// </summary>
    public void Resume(IPortEffects effects)
    {
        _effects = effects;
        _lives++;
        _armed = BackendInterest.None;
        if (_sent is not null)
            _effects.Send(_sent);
        Serve(mustTell: true);
    }

    /// <summary>A new incarnation of the device.</summary>
    public void Take(PortHop.Resume resume)
    {
        if (resume.Incarnation < _incarnation)
        {
            Stale++;
            return;
        }

        if (resume.Incarnation > _incarnation)
        {
            // What was granted and sent to the earlier one is not known to this one: it asks anew.
            _incarnation = resume.Incarnation;
            _credit = 0;
            if (resume.IsForgotten)
                BeginForgotten();
            _sent = null;
            if (!resume.IsForgotten && Enter(resume.Epoch))
                _input.Acknowledge(resume.Delivered);
        }

        _openSeen = Math.Max(_openSeen, resume.OpenSeen);
        Serve(mustTell: true);
    }

    /// <summary>Bytes of the guest.</summary>
    public void Take(PortHop.Write write)
    {
        if (!IsOfOwner(write.Incarnation) || !Enter(write.Epoch))
            return;
        var taken = _output.Take(write.Offset, write.Bytes, write.Length);
        if (!taken)
            Stale++;
        Serve(mustTell: !taken);
    }

    /// <summary>Leave to send input.</summary>
    public void Take(PortHop.Grant grant)
    {
        if (!IsOfOwner(grant.Incarnation))
            return;
        _openSeen = Math.Max(_openSeen, grant.OpenSeen);
        if (!Enter(grant.Epoch))
            return;
        _probe = grant.Probe;
        if (grant.Number <= _grant)
        {
            Stale++;
            if (_sent is not null)
                _effects.Send(_sent);
            Serve(mustTell: true);
            return;
        }

        _grant = grant.Number;
        _credit = grant.Credit;
        _sent = null;
        _input.Acknowledge(grant.Delivered);
        Serve(mustTell: false);
    }

    /// <summary>Its node leaves: no more input, and the device hears of all that gets on.</summary>
    public void Drain()
    {
        _isDraining = true;
        _credit = 0;
        Serve(mustTell: true);
    }

    /// <summary>The last of the device: what the guest has.</summary>
    public void Take(PortHop.Close close) => _input.Acknowledge(close.Delivered);

    /// <summary>An emergency write.</summary>
    public void Take(PortHop.Emergency emergency)
    {
        if (!IsOfOwner(emergency.Incarnation))
            return;
        if (emergency.Number == _emergencyTaken + 1)
        {
            _emergencyTaken++;
            _output.TakeEmergency(emergency.Value);
        }

        Serve(mustTell: true);
    }

    /// <summary>The backend signalled.</summary>
    public void Signalled()
    {
        // A signal uses the wish up.
        _armed = BackendInterest.None;
        Serve(mustTell: false);
    }

    /// <summary>Its machine has a higher token from now on.</summary>
    public void Raise(FencingToken fence) => (_backend as IResumableBackend)?.Raise(fence);

    /// <summary>What <see cref="IPortEffects.YieldTurn"/> and <see cref="IPortEffects.WaitSecond"/> asked for.</summary>
    public void Turn() => Serve(mustTell: false);

    /// <summary>Says again what was not answered; false when nothing waits.</summary>
    public bool Repeat()
    {
        if (_sent is not null)
            _effects.Send(_sent);
        if (IsOpenUnseen)
            Tell();
        return _sent is not null || IsOpenUnseen;
    }

    /// <summary>The end: what is left is dropped and counted, the backend closed.</summary>
    public void Close()
    {
        _backend.Arm(BackendInterest.None);
        if (_backend is IHoldingBackend holding)
            _output.TakeBack(holding.TakeHeldOutput());
        _output.Close();
        _backend.Dispose();
    }

    private void Restore(in PortOrigin origin)
    {
        _epoch = origin.Epoch;
        _grant = origin.Grant;
        _emergencyTaken = origin.EmergencyTaken;
        _openSeen = origin.OpenChange;
        _told = _told with { Epoch = origin.Epoch, OpenChange = origin.OpenChange, OpenSeen = origin.OpenChange };
        _output.Restore(origin);
        _input.Restore(origin.Delivered);
        _traced = _output.Written;
    }

    private bool IsOpenUnseen => _told.OpenChange > _openSeen;

    /// <summary>What the other end of a file or stream is: it gives nothing, and that is no end of anything.</summary>
    private bool IsOutputOnly => _spec.Backend is BackendKind.File or BackendKind.Stream;

    /// <summary>Held and unread input delays the news that its sender left, never the news that somebody is there.</summary>
    private bool IsOpen => !_output.HasFailed && (IsSomebodyThere || (_told.IsOpen && (_input.Held > 0 || _backend.HasInputOfLeavers)));

    private bool IsSomebodyThere => _backend.IsConnected && (!_input.HasEnded || IsOutputOnly);

    /// <summary>One device owns the port: a superseded incarnation's messages do nothing, and one that has not said who it is has to.</summary>
    private bool IsOfOwner(int incarnation)
    {
        if (incarnation == _incarnation)
            return true;
        Stale++;
        return false;
    }

    private bool Enter(uint epoch)
    {
        if (epoch < _epoch)
        {
            Stale++;
            return false;
        }

        if (epoch > _epoch)
        {
            // Input that was sent in the old epoch and that its guest never got is held; the new epoch's first grant gets it.
            _epoch = epoch;
            _credit = 0;
            _sent = null;
            _output.BeginEpoch();
        }

        return true;
    }

    /// <summary>
    /// The device doesn't know what it did with the bytes of the old epoch. Output whose buffers never came back is dropped, as at a reset. Input that was sent may be
    /// with the guest or not: it is given up rather than given twice.
    /// </summary>
    private void BeginForgotten()
    {
        var sent = _sent?.Length ?? 0;
        var before = _output.Drops.Total;
        _input.Acknowledge(_input.Delivered + sent);
        Enter(_epoch + 1);
        _effects.Forgotten(_output.Drops.Total - before, sent);
    }

    private void Serve(bool mustTell)
    {
        _output.Pump();
        if (_output.Written != _traced)
        {
            // By the counter, so that what a crash kept from being told is told by the next incarnation.
            var moved = _output.Written - _traced;
            _traced = _output.Written;
            _effects.Moved(output: true, moved);
        }

        if (_output.TakeComplaint(out var complaint))
            _effects.Complain(complaint);
        TellWarning();
        TellRemembered();

        var answered = TrySendInput();
        Rearm();
        if (_output.NeedsTurn)
            _effects.YieldTurn();
        if (_output.NeedsTime)
            _effects.WaitSecond();

        if (mustTell || HasNews(answered))
            Tell();
        if (_sent is not null || IsOpenUnseen)
            _effects.Watch();
    }

    /// <summary>Once, until it is over.</summary>
    private void TellWarning()
    {
        var warning = _backend.Warning;
        if (warning is not null && _toldWarning is null)
            _effects.Complain(warning);
        _toldWarning = warning;
    }

    private void TellRemembered()
    {
        if (_backend is IResumableBackend { Remembered: { IsGuarded: true } seen })
            _effects.Remembered(seen);
    }

    private bool TrySendInput()
    {
        var count = _input.Fill(_isDraining ? 0 : _credit);
        if (count == 0)
            return false;
        _credit = 0;
        _sent = new PortHop.Input(_index, _epoch, _grant, _input.Delivered, _input.Buffer, _input.Start, count, _incarnation);
        _effects.Moved(output: false, count);
        _effects.Send(_sent);
        return true;
    }

    private void Rearm()
    {
        var wish = _output.HasFailed && _input.HasEnded
            ? BackendInterest.None
            : _output.Interest | _input.Interest | BackendInterest.Connect;
        if (wish == _armed)
            return;
        _armed = wish;
        _backend.Arm(wish);
    }

    /// <summary>Whether the device must hear something; input in answer to a grant says that the grant was seen.</summary>
    private bool HasNews(bool answered) =>
        _told.Epoch != _epoch || _told.Accepted != _output.Accepted || _told.IsOpen != IsOpen || (_told.Grant != _grant && !answered) || (_isDraining && _told.Counts != _output.Counts);

    private void Tell()
    {
        var open = IsOpen;
        _told = new PortHop.Status(
            _index, _told.Revision + 1, _epoch, _output.Received, _output.Accepted, _grant, _probe, _emergencyTaken, open,
            open == _told.IsOpen ? _told.OpenChange : _told.OpenChange + 1, _openSeen, _output.HasFailed || (_input.HasEnded && _input.Held == 0),
            _incarnation, _lives, _input.Delivered, _output.Counts);
        _effects.Send(_told);
    }
}
