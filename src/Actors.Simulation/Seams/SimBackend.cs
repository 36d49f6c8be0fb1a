using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Simulated twin of the real backends: what it takes and gives are events of the trace, and every call may meet a fault. The outside (a workload) feeds it,
/// connects and leaves.
/// </summary>
internal sealed class SimBackend(World world, VmId vm, Bdf device, int port, ConsolePortSpec spec) : IPortBackend
{
    private readonly Queue<byte> _input = new();
    private IPortBackendEvents? _events;
    private LeaseGate? _lease;
    private BackendInterest _wanted;
    private bool _inputEnded;
    private bool _endTold;
    private bool _connected = true;
    private bool _disposed;
    private bool _begun;
    private int _heldReads;
    private int _heldWrites;
    private int _lies;
    private string? _flushError;
    private List<byte[]>? _unsettled;

    /// <summary>What outlives the node, in a cluster; else null.</summary>
    public Outlet? Outlet { get; init; }

    /// <summary>What it is used under, where it knows no tokens; else null.</summary>
    public IOwnerLease? Lease { get; init; }

    /// <summary>A test's own backend behind this one, which is then asked for everything; else null.</summary>
    public IPortBackend? Inner { get; init; }

    /// <summary>Token with which its owner is known to the other end.</summary>
    public ulong Token { get; set; }

    /// <summary>Whose port it is.</summary>
    public VmId Vm { get; } = vm;

    /// <summary>Function of the device.</summary>
    public Bdf Device { get; } = device;

    /// <summary>Index of the port.</summary>
    public int Port { get; } = port;

    /// <summary>The port's description.</summary>
    public ConsolePortSpec Spec { get; } = spec;

    /// <inheritdoc/>
    public string? Notice => Inner?.Notice;

    /// <inheritdoc/>
    public bool IsConnected => _connected && !_disposed && Inner is not { IsConnected: false };

    /// <summary>Whether it is closed.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Directions that a fault holds.</summary>
    public BackendInterest HeldDirections => (_heldReads > 0 ? BackendInterest.Read : 0) | (_heldWrites > 0 ? BackendInterest.Write : 0);

    /// <summary>Whether output is held for want of space.</summary>
    public bool IsFull => HeldError is not null;

    /// <summary>Name of the error with which output is held, or null.</summary>
    public string? HeldError { get; private set; }

    /// <summary>Input that nobody took yet, bytes.</summary>
    public int Waiting => _input.Count;

    /// <summary>Binds whom to signal, at opening.</summary>
    public void Bind(IPortBackendEvents events)
    {
        _events = events;
        _lease = new LeaseGate(Lease, events);
        if (Outlet is not { Tells: true } && _lease.Opens())
            Begin();
    }

    /// <summary>It is opened; without a lease, later, and with a token, once that is admitted.</summary>
    public void Begin()
    {
        if (Outlet is null || _begun)
            return;
        _begun = true;
        Tell(BackendEventKind.Opened, 0, default);
    }

    /// <summary>The outside puts input there.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
            _input.Enqueue(one);
        Tell(BackendEventKind.Fed, bytes.Length, bytes);
        Signal(BackendInterest.Read & ~HeldDirections);
    }

    /// <summary>The outside ends the input.</summary>
    public void EndInput()
    {
        _inputEnded = true;
        Signal(BackendInterest.Read);
    }

    /// <summary>The outside connects.</summary>
    public void Connect() => SetConnected(true);

    /// <summary>The outside leaves.</summary>
    public void Disconnect() => SetConnected(false);

    /// <summary>Input that is on its way is lost.</summary>
    public void LoseInput() => _input.Clear();

    /// <summary>Keeps a direction from moving.</summary>
    public void Hold(BackendInterest direction, string? error)
    {
        if (direction.HasFlag(BackendInterest.Read))
            _heldReads++;
        if (direction.HasFlag(BackendInterest.Write))
            _heldWrites++;
        HeldError = error ?? HeldError;
    }

    /// <summary>Lets a direction move again, and says so.</summary>
    public void Release(BackendInterest direction)
    {
        if (direction.HasFlag(BackendInterest.Read))
            _heldReads--;
        if (direction.HasFlag(BackendInterest.Write) && --_heldWrites == 0)
            HeldError = null;
        if (!_disposed)
            Signal(Ready() & direction);
        if (!_disposed)
            Inner?.Arm(_wanted & ~HeldDirections);
    }

    /// <summary>Another port's bytes come here (F53).</summary>
    public void TakeStray(ReadOnlySpan<byte> bytes) => Accept(bytes);

    /// <summary>What is in the file behind it, if it is one.</summary>
    public SimFile? File { get; } = spec.Backend == BackendKind.File ? new SimFile() : null;

    /// <summary>Something is done to the file behind it (F51). False when there is none, or nobody can see a difference.</summary>
    public bool ChangeFile(FaultVerb verb)
    {
        var isChanged = verb switch
        {
            FaultVerb.Rotate => File?.Rotate(),
            FaultVerb.Truncate => File?.Truncate(),
            _ => File?.Replace(),
        };
        if (isChanged != true)
            return false;
        Tell(verb == FaultVerb.Truncate ? BackendEventKind.Truncated : BackendEventKind.Replaced, 0, default);
        return true;
    }

    /// <summary>From now on bytes are said to be taken and aren't, until it settles as often (F54).</summary>
    public void BeginLying()
    {
        _lies++;
        _unsettled ??= [];
    }

    /// <summary>Takes what it said to have taken; false when that is gone.</summary>
    public bool Settle()
    {
        if (--_lies > 0 || _unsettled is not { } waiting)
            return !_disposed;
        _unsettled = null;
        foreach (var bytes in waiting)
            Accept(bytes);
        return !_disposed;
    }

    /// <summary>The next write fails: what was taken before is lost.</summary>
    public void FailNext(string error) => _flushError = error;

    /// <summary>The error of a write before, once; or null.</summary>
    public string? TakeFlushError()
    {
        var error = _flushError;
        _flushError = null;
        return error;
    }

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        if (_disposed || !_connected)
            return Refused(BackendStatus.Disconnected);
        if (data.IsEmpty)
            return new BackendResult(BackendStatus.Done);
        if (_lease?.Opens() == false)
            return Withheld();
        Begin();
        if (Outlet is { Tells: false } && !Outlet.Admits(Token))
            return Fenced();
        var verdict = world.Faults.HasBackendRules
            ? world.Faults.AtBackendWrite(this, data)
            : new BackendVerdict(BackendStatus.Done, data.Length);
        for (var i = 0; i < verdict.Interruptions; i++)
            Tell(BackendEventKind.Refused, 0, default);
        if (verdict.Status != BackendStatus.Done)
            return Refused(verdict.Status, verdict.Error);
        var count = Math.Min(verdict.Count, data.Length);
        if (count > 0 && Inner is not null && _unsettled is null && !verdict.IsElsewhere)
        {
            var inner = Inner.TryWrite(data[..count]);
            if (inner.Status != BackendStatus.Done)
                return Refused(inner.Status, inner.Error);
            count = Math.Clamp(inner.Count, 0, count);
        }

        if (count > 0 && _unsettled is not null)
            _unsettled.Add(data[..count].ToArray());
        else if (count > 0 && !verdict.IsElsewhere)
            Accept(data[..count]);
        return new BackendResult(BackendStatus.Done, count);
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination)
    {
        if (_disposed)
            return Refused(BackendStatus.Disconnected);
        if (_lease?.Opens() == false)
            return Withheld();
        Begin();
        if (Outlet is { Tells: false } && !Outlet.Admits(Token))
            return Fenced();
        var verdict = world.Faults.HasBackendRules
            ? world.Faults.AtBackendRead(this, destination.Length)
            : new BackendVerdict(BackendStatus.Done, destination.Length);
        for (var i = 0; i < verdict.Interruptions; i++)
            Tell(BackendEventKind.Refused, 0, default);
        if (verdict.Status != BackendStatus.Done)
            return Refused(verdict.Status, verdict.Error);

        var count = Math.Min(Math.Min(verdict.Count, destination.Length), _input.Count);
        for (var i = 0; i < count; i++)
            destination[i] = _input.Dequeue();
        if (count == 0 && Inner is not null)
        {
            var inner = Inner.TryRead(destination[..Math.Min(verdict.Count, destination.Length)]);
            if (inner.Status != BackendStatus.Done)
                return inner.Status is BackendStatus.WouldBlock or BackendStatus.EndOfInput ? inner : Refused(inner.Status, inner.Error);
            count = Math.Clamp(inner.Count, 0, destination.Length);
        }

        if (count > 0)
        {
            if (world.Faults.HasBackendRules)
                world.Faults.AfterBackendRead(this, destination[..count]);
            Tell(BackendEventKind.Given, count, destination[..count]);
            return new BackendResult(BackendStatus.Done, count);
        }

        if (!_connected)
            return Refused(BackendStatus.Disconnected);
        if (!_inputEnded || destination.IsEmpty)
            return new BackendResult(BackendStatus.WouldBlock);
        _endTold = true;
        return new BackendResult(BackendStatus.EndOfInput);
    }

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        if (_disposed)
            return;
        _wanted = interest;
        if (_lease?.Waits(interest) == true)
            return;
        Signal(Inner is null ? Ready() : Ready() & BackendInterest.Read);
        Inner?.Arm(_wanted & ~HeldDirections);
    }

    /// <summary>The backend behind this one says that trying is worth it.</summary>
    public void InnerSignal(BackendInterest ready)
    {
        if (!_disposed)
            Signal(ready & ~HeldDirections);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _unsettled?.Clear();
        _wanted = BackendInterest.None;
        _lease?.Dispose();
        Inner?.Dispose();
        Tell(BackendEventKind.Closed, 0, default);
    }

    private void Accept(ReadOnlySpan<byte> bytes)
    {
        File?.Append(bytes);
        Tell(BackendEventKind.Accepted, bytes.Length, bytes);
    }

    private BackendInterest Ready()
    {
        var ready = _input.Count > 0 || (_inputEnded && !_endTold) ? BackendInterest.Read : BackendInterest.None;
        if (_connected)
            ready |= BackendInterest.Write;
        return ready & ~HeldDirections;
    }

    private BackendResult Withheld()
    {
        world.Mark("backend.withheld");
        return Refused(BackendStatus.WouldBlock);
    }

    /// <summary>The other end has a higher token: nothing that time or the outside could change, or something for which a higher one is needed.</summary>
    public void TellFenced(bool isForGood)
    {
        world.Mark(isForGood ? "backend.fenced" : "token.remembered");
        Tell(isForGood ? BackendEventKind.Fenced : BackendEventKind.Refused, 0, default);
    }

    private BackendResult Fenced()
    {
        TellFenced(isForGood: true);
        return new BackendResult(BackendStatus.Failed, 0, "a later owner has it");
    }

    private BackendResult Refused(BackendStatus status, string? error = null)
    {
        Tell(status == BackendStatus.Failed ? BackendEventKind.Failed : BackendEventKind.Refused, 0, default);
        return new BackendResult(status, 0, error);
    }

    private void SetConnected(bool connected)
    {
        if (_connected == connected)
            return;
        _connected = connected;
        Tell(connected ? BackendEventKind.Connected : BackendEventKind.Disconnected, 0, default);
        Signal(_wanted);
    }

    private void Tell(BackendEventKind kind, int count, ReadOnlySpan<byte> data) =>
        world.Trace.Backend(new BackendEvent(Vm, Device, Port, kind, count, world.Trace.CurrentIncarnation) { Token = Token }, data);

    private void Signal(BackendInterest ready)
    {
        ready &= _wanted;
        if (ready == BackendInterest.None)
            return;
        _wanted &= ~ready;
        _events?.Signal(ready);
    }
}

/// <summary>What a fault makes of a backend's call.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Count">With Done: bytes moved at most; 0 is possible for a write.</param>
/// <param name="Error">The line for a person, with Failed and Full.</param>
internal readonly record struct BackendVerdict(BackendStatus Status, int Count = 0, string? Error = null)
{
    /// <summary>Times that the call was interrupted and made again before.</summary>
    public int Interruptions { get; init; }

    /// <summary>Whether the bytes are said to be taken and aren't.</summary>
    public bool IsElsewhere { get; init; }
}
