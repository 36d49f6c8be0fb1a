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
    private BackendInterest _wanted;
    private bool _inputEnded;
    private bool _endTold;
    private bool _connected = true;
    private bool _disposed;

    /// <summary>Whose port it is.</summary>
    public VmId Vm { get; } = vm;

    /// <summary>Function of the device.</summary>
    public Bdf Device { get; } = device;

    /// <summary>Index of the port.</summary>
    public int Port { get; } = port;

    /// <summary>The port's description.</summary>
    public ConsolePortSpec Spec { get; } = spec;

    /// <inheritdoc/>
    public string? Notice => null;

    /// <inheritdoc/>
    public bool IsConnected => _connected && !_disposed;

    /// <summary>Input that nobody took yet, bytes.</summary>
    public int Waiting => _input.Count;

    /// <summary>Binds whom to signal, at opening.</summary>
    public void Bind(IPortBackendEvents events) => _events = events;

    /// <summary>The outside puts input there.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (var one in bytes)
            _input.Enqueue(one);
        Tell(BackendEventKind.Fed, bytes.Length, bytes);
        Signal(BackendInterest.Read);
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

    /// <summary>Says to the port that trying again is worth it, as after a fault healed.</summary>
    public void Wake() => Signal(_wanted);

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        if (_disposed || !_connected)
            return Refused(BackendStatus.Disconnected);
        if (data.IsEmpty)
            return new BackendResult(BackendStatus.Done);
        var verdict = world.Faults.HasBackendRules
            ? world.Faults.AtBackendWrite(this, data)
            : new BackendVerdict(BackendStatus.Done, data.Length);
        if (verdict.Status != BackendStatus.Done)
            return Refused(verdict.Status, verdict.Error);
        var count = Math.Min(verdict.Count, data.Length);
        if (count > 0)
            Tell(BackendEventKind.Accepted, count, data[..count]);
        return new BackendResult(BackendStatus.Done, count);
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination)
    {
        if (_disposed)
            return Refused(BackendStatus.Disconnected);
        var verdict = world.Faults.HasBackendRules
            ? world.Faults.AtBackendRead(this, destination.Length)
            : new BackendVerdict(BackendStatus.Done, destination.Length);
        if (verdict.Status != BackendStatus.Done)
            return Refused(verdict.Status, verdict.Error);

        var count = Math.Min(Math.Min(verdict.Count, destination.Length), _input.Count);
        for (var i = 0; i < count; i++)
            destination[i] = _input.Dequeue();
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
        var ready = _input.Count > 0 || (_inputEnded && !_endTold) ? BackendInterest.Read : BackendInterest.None;
        if (_connected && !world.Faults.HoldsBackend(this))
            ready |= BackendInterest.Write;
        Signal(ready);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _wanted = BackendInterest.None;
        Tell(BackendEventKind.Closed, 0, default);
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
        world.Trace.Backend(new BackendEvent(Vm, Device, Port, kind, count, 0), data);

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
internal readonly record struct BackendVerdict(BackendStatus Status, int Count = 0, string? Error = null);
