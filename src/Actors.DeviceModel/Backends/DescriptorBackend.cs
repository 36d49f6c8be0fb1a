namespace Actors.DeviceModel;

/// <summary>
/// A backend over descriptors that are there from the start to the end: one for both directions, or one for each. Calls come from one actor; only the
/// loop's signals come from elsewhere.
/// </summary>
internal abstract class DescriptorBackend : IPortBackend, IReadinessSink
{
    /// <summary>How long a full disk is left alone before a waiting port is told to try again.</summary>
    public const int FullRetryMilliseconds = 1000;

    private readonly Lock _gate = new();
    private readonly string _place;
    private readonly IPortBackendEvents _events;
    private readonly LeaseGate _lease;
    private readonly DescriptorStream? _input;
    private readonly DescriptorStream _output;
    private readonly ReadinessRegistration? _inputReadiness;
    private readonly ReadinessRegistration _outputReadiness;
    private BackendResult? _inputEnd;
    private BackendResult? _outputEnd;
    private bool _full;
    private bool _disposed;

    /// <summary>Makes the backend; owns the streams from here on, also when it throws.</summary>
    /// <param name="place">What a person calls it, for errors.</param>
    /// <param name="input">Where bytes come from; null: nowhere.</param>
    /// <param name="output">Where bytes go to; may be the same as <paramref name="input"/>.</param>
    /// <param name="events">Whom to signal.</param>
    /// <param name="lease">The owner's right to write and read; null: it has it for sure.</param>
    /// <exception cref="IOException">The descriptors can't be watched.</exception>
    protected DescriptorBackend(string place, DescriptorStream? input, DescriptorStream output, IPortBackendEvents events, IOwnerLease? lease = null)
    {
        _place = place;
        _input = input;
        _output = output;
        _events = events;
        _lease = new LeaseGate(lease, events);
        try
        {
            _outputReadiness = ReadinessLoop.Shared.Register(output.Descriptor, this, _gate);
            if (input is not null)
                _inputReadiness = ReferenceEquals(input, output) ? _outputReadiness : ReadinessLoop.Shared.Register(input.Descriptor, this, _gate);
        }
        catch (IOException)
        {
            Close();
            throw;
        }
    }

    /// <inheritdoc/>
    public string? Notice { get; protected init; }

    /// <inheritdoc/>
    public bool IsConnected => !_disposed && _outputEnd is null;

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        if (_disposed)
            return new BackendResult(BackendStatus.Disconnected);
        if (_outputEnd is { } end)
            return end;
        if (!_lease.Opens())
            return new BackendResult(BackendStatus.WouldBlock);

        var result = _output.Write(data);
        _full = result.Status == BackendStatus.Full;
        if (result.Error is null)
            return result;

        result = Explain(result);
        if (result.Status == BackendStatus.Failed)
            _outputEnd = result;
        return result;
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination)
    {
        if (_disposed)
            return new BackendResult(BackendStatus.Disconnected);
        if (_inputEnd is { } end)
            return end;
        if (_input is null)
            return new BackendResult(BackendStatus.WouldBlock);
        if (!_lease.Opens())
            return new BackendResult(BackendStatus.WouldBlock);

        var result = _input.Read(destination);
        if (result.Status is BackendStatus.Done or BackendStatus.WouldBlock)
            return result;

        _inputEnd = Explain(result);
        return _inputEnd.Value;
    }

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            if (_lease.Waits(interest))
                interest = BackendInterest.None;

            // A direction that ended is always "ready": waiting for it would be a busy loop (acrn-io-path.md C8).
            var read = _input is null || _inputEnd is not null ? BackendInterest.None : interest & BackendInterest.Read;
            var write = _outputEnd is null ? interest & BackendInterest.Write : BackendInterest.None;

            if (ReferenceEquals(_inputReadiness, _outputReadiness))
            {
                _outputReadiness.Arm(read | write);
                return;
            }

            _inputReadiness?.Arm(read);
            if (_full)
                _outputReadiness.ArmAfter(write, FullRetryMilliseconds);
            else
                _outputReadiness.Arm(write);
        }
    }

    /// <inheritdoc/>
    void IReadinessSink.OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp) => _events.Signal(ready);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        GC.SuppressFinalize(this);
        lock (_gate)
        {
            if (_disposed)
                return;

            _disposed = true;
            _lease.Dispose();
            Close();
        }
    }

    private BackendResult Explain(BackendResult result) => result.Error is null ? result : result with { Error = $"{_place}: {result.Error}" };

    private void Close()
    {
        _inputReadiness?.Dispose();
        _outputReadiness?.Dispose();
        _input?.Dispose();
        _output.Dispose();
    }
}
