using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Simulated twin of the backends that outlive a node and know tokens, files and streams: over a <see cref="SimBackend"/>, which does what all do, and an <see cref="Outlet"/>, which remembers. What it makes of a
/// higher token is production's rule (<see cref="FenceStanding"/>). A file is asked when it is opened, and refuses there; a receiver of a stream when it is greeted: that is when its port first turns to it, and after each
/// connection that broke.
/// </summary>
internal sealed class FencedSimBackend : IResumableBackend, IPortBackendEvents
{
    private readonly SimBackend _port;
    private readonly Outlet _outlet;
    private readonly IPortBackendEvents _events;
    private readonly string _place;
    private FenceStanding _standing;
    private BackendInterest _wanted;
    private string? _end;
    private bool _isAdmitted;
    private bool _isGreeted;
    private bool _toldConnected = true;

    /// <summary>Opens it. A file that remembers a higher token is refused.</summary>
    /// <param name="port">Does what is the same of all backends.</param>
    /// <param name="outlet">The other end.</param>
    /// <param name="events">The port's.</param>
    public FencedSimBackend(SimBackend port, Outlet outlet, IPortBackendEvents events)
    {
        _port = port;
        _outlet = outlet;
        _events = events;
        _place = $"the {(port.Spec.Backend == BackendKind.File ? "file" : "stream")} of port '{port.Spec.Name}'";
        _standing = new FenceStanding(new FencingToken(port.Token));
        port.Bind(this);
        if (port.Spec.Backend != BackendKind.File)
            return;
        Greet();
        if (_end is not null)
            throw new BackendOpenException($"port '{port.Spec.Name}' can't be opened: {_end}.") { Seen = _standing.Remembered };
    }

    /// <inheritdoc/>
    public string? Notice => _port.Notice;

    /// <inheritdoc/>
    public string? Warning => _standing.Remembered.IsGuarded ? _end : null;

    /// <inheritdoc/>
    public bool IsConnected => _toldConnected = IsOpen;

    /// <inheritdoc/>
    public FencingToken Fence => _standing.Fence;

    /// <inheritdoc/>
    public FencingToken Remembered => _standing.Remembered;

    /// <inheritdoc/>
    public bool IsFenced => _standing.IsFenced;

    /// <inheritdoc/>
    public long? Position => _isAdmitted ? _outlet.Position : null;

    /// <inheritdoc/>
    public long FencedWrites { get; private set; }

    private bool IsOpen => _isGreeted && _end is null && _port.IsConnected;

    /// <inheritdoc/>
    public BackendResult TryWrite(ReadOnlySpan<byte> data) => TryWriteAt(_outlet.Position, data);

    /// <inheritdoc/>
    public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data)
    {
        Greet();
        if (_end is null && !IsOpen)
            return new BackendResult(BackendStatus.Disconnected);
        if (_end is null && !_outlet.Admits(_port.Token))
            Refuse();
        if (_end is { } end)
        {
            FencedWrites++;
            return new BackendResult(BackendStatus.Failed, 0, end);
        }

        if (position > _outlet.Position)
            return IResumableBackend.Gap(_place, _outlet.Position, position);
        var known = (int)Math.Min(_outlet.Position - position, data.Length);
        if (known > 0)
            return new BackendResult(BackendStatus.Done, known);
        var written = _port.TryWrite(data);
        if (written.Status == BackendStatus.Done)
            _outlet.Position += written.Count;
        return written;
    }

    /// <inheritdoc/>
    public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

    /// <inheritdoc/>
    public void Raise(FencingToken fence)
    {
        // One that is admitted goes on with the lower one, until it has to ask again: nobody with one between the two can come.
        if (!_standing.Raise(fence))
            return;
        _end = null;
        Greet();
        Wake(_wanted);
    }

    /// <inheritdoc/>
    public void Arm(BackendInterest interest)
    {
        _wanted = interest;
        Greet();
        if (_toldConnected != IsOpen || (_standing.Remembered.IsGuarded && _toldConnected))
            Wake(_wanted);
        else if (_end is null)
            _port.Arm(IsOpen ? interest & ~BackendInterest.Read : interest & BackendInterest.Connect);
    }

    /// <inheritdoc/>
    public void Signal(BackendInterest ready) => Wake(_port.IsConnected == _toldConnected ? ready : _wanted);

    /// <inheritdoc/>
    public void Dispose() => _port.Dispose();

    /// <summary>Asks the other end, where that has to be done.</summary>
    private void Greet()
    {
        if (!_port.IsConnected)
            _isGreeted = _port.Spec.Backend == BackendKind.File && _isGreeted;
        if (_isGreeted || _end is not null || !_port.IsConnected)
            return;
        if (!_outlet.Admits(_standing.Fence.Value))
        {
            Refuse();
            return;
        }

        _port.Token = _standing.Fence.Value;
        _isGreeted = _isAdmitted = true;
        _port.Begin();
    }

    private void Refuse()
    {
        _end = _standing.Refuse(_place, new FencingToken(_outlet.Highest), _isAdmitted);
        _port.TellFenced(isForGood: !_standing.Remembered.IsGuarded);
    }

    private void Wake(BackendInterest ready)
    {
        ready &= _wanted;
        if (ready == BackendInterest.None)
            return;
        _wanted &= ~ready;
        _events.Signal(ready);
    }
}
