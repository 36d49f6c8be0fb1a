using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A file that several nodes may reach and one at a time may write to, in the order of their tokens: <see cref="FencedFile"/> behind a port. Output only. A full
/// disk, and another writer that stands still within a write, are waited for.
/// </summary>
internal sealed class FencedFileBackend : IResumableBackend, IReadinessSink, IUndoableOpening
{
    private readonly Lock _gate = new();
    private readonly IPortBackendEvents _events;
    private readonly FencedFile _file;
    private readonly ReadinessRegistration _readiness;
    private FenceStanding _standing;
    private BackendResult? _end;
    private bool _full;
    private bool _disposed;

    private FencedFileBackend(FencedFile file, FencingToken fence, IPortBackendEvents events)
    {
        _file = file;
        _standing = new FenceStanding(fence);
        _events = events;
        _readiness = ReadinessLoop.Shared.Register(null, this, _gate);
    }

    /// <inheritdoc/>
    public FencingToken Fence => _standing.Fence;

    /// <inheritdoc/>
    public FencingToken Remembered => _standing.Remembered;

    /// <inheritdoc/>
    public string? Warning => Remembered.IsGuarded ? _end?.Error : null;

    /// <inheritdoc/>
    public long? Position => _file.Position;

    /// <inheritdoc/>
    public bool IsFenced => _standing.IsFenced;

    /// <inheritdoc/>
    public long FencedWrites { get; private set; }

    /// <inheritdoc/>
    public string? Notice => null;

    /// <inheritdoc/>
    public bool IsConnected => !_disposed && _end is null;

    /// <summary>Opens or makes the port's file and becomes its writer. What is no regular file has no positions, and is opened as without a token: there the lease has to do.</summary>
    public static IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, FencingToken fence, IOwnerLease? lease = null)
    {
        const string Write = "write to";
        var path = PathProblem.Require(port, "file");
        if (FileStatus.TryGetFollowed(path, out var found) && !found.IsRegular)
            return FileBackend.Open(port, events, lease);
        if (FencedFile.TryOpen(path, out var error) is not { } file)
            throw PathProblem.Of(port, Write, error);

        try
        {
            if (file.Claim(fence) is { Status: BackendStatus.Failed } refused)
                throw new BackendOpenException($"port '{port.Name}' can't {Write} '{path}': {refused.Error}.") { Seen = file.Highest > fence ? file.Highest : default };
            return new FencedFileBackend(file, fence, events);
        }
        catch (BackendOpenException)
        {
            file.Remove();
            file.Dispose();
            throw;
        }
        catch (IOException problem)
        {
            file.Remove();
            file.Dispose();
            throw PathProblem.Of(port, Write, problem.Message);
        }
    }

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data) => Position is null && Claim() is { } wait ? wait : TryWriteAt(Position!.Value, data);

    /// <inheritdoc/>
    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        if (_disposed)
            return new BackendResult(BackendStatus.Disconnected);
        if (_end is { } end)
        {
            FencedWrites += IsFenced ? 1 : 0;
            return end;
        }

        return Position is null && Claim() is { } wait ? wait : Note(_file.WriteAt(position, data));
    }

    /// <inheritdoc/>
    public void Raise(FencingToken fence)
    {
        // Who has claimed it goes on with the lower one: nobody with one between the two can come.
        if (Position is null && _standing.Raise(fence))
            _end = null;
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination) => new(_disposed ? BackendStatus.Disconnected : BackendStatus.WouldBlock);

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            var write = _end is null ? interest & BackendInterest.Write : BackendInterest.None;
            if (_full)
                _readiness.ArmAfter(write, DescriptorBackend.FullRetryMilliseconds);
            else
                _readiness.Arm(write);
        }
    }

    /// <inheritdoc/>
    void IReadinessSink.OnReady(ReadinessRegistration source, BackendInterest ready, bool hungUp) => _events.Signal(ready);

    /// <inheritdoc/>
    public void UndoOpening() => _file.Remove();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _readiness.Dispose();
            _file.Dispose();
        }
    }

    private BackendResult? Claim() => Note(_file.Claim(Fence)) is { Status: not BackendStatus.Done } wait ? wait : null;

    private BackendResult Note(BackendResult result)
    {
        _full = result.Status == BackendStatus.Full;
        if (result.Status != BackendStatus.Failed)
            return result;

        _end = result;
        if (!result.Error!.StartsWith(IResumableBackend.FencedSentence, StringComparison.Ordinal))
            return result;
        FencedWrites++;

        // One that was locked when it was opened finds out only now.
        var isAdmitted = Position is not null;
        var sentence = _standing.Refuse(_file.Place, _file.Highest, isAdmitted);
        if (!isAdmitted)
            _end = new BackendResult(BackendStatus.Failed, 0, sentence);
        return _end.Value;
    }
}
