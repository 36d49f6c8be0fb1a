using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// What goes to and comes from one VM, as its end of the connection sees it: which line is next, what the oracle says, how long the VM was silent. Times are nanoseconds of
/// the test's clock. Locks itself: connections and the pacer are of different threads.
/// </summary>
/// <param name="vm">The VM.</param>
/// <param name="plan">The workload.</param>
/// <param name="latencies">Takes the time that each line took.</param>
internal sealed class VmTraffic(VmId vm, ScalePlan plan, LineLatencies latencies)
{
    /// <summary>Lines on their way, at most.</summary>
    public const int Window = 64;

    private readonly Lock _gate = new();
    private readonly LineOracle _oracle = new(KeyOf(vm), plan.LineBytes);
    private readonly long[] _sentAt = plan.Guest == ScaleGuest.Echo ? new long[Window] : [];
    private long _linesSent;
    private long _excused;
    private long _sentInEarlierLives;
    private long _connectedAt;
    private long _waitsSince = -1;
    private long _nextDue = -1;
    private bool _isConnected;
    private bool _isInterrupted;
    private bool _hasEnded;
    private bool _isOver;

    /// <summary>The VM.</summary>
    public VmId Vm => vm;

    /// <summary>Bytes that were sent: to an echo, or by a guest.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Longest silence while its node stayed, in nanoseconds.</summary>
    public long LongestStall { get; private set; }

    /// <summary>Longest time from the loss of its connection to the first answer after it, in nanoseconds.</summary>
    public long LongestRestart { get; private set; }

    /// <summary>Its connection went, and it has not answered since.</summary>
    public bool IsSilent => _isInterrupted;

    /// <summary>Something came at least once.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Times that its connection was lost or replaced.</summary>
    public int Interruptions { get; private set; }

    /// <summary>The oracle.</summary>
    public LineOracle Oracle => _oracle;

    /// <summary>Everything that was sent has come, or is excused.</summary>
    public bool IsQuiet
    {
        get
        {
            lock (_gate)
                return Outstanding <= 0;
        }
    }

    private long Outstanding => _linesSent - Math.Max(_oracle.Next, _excused);

    /// <summary>Key of a VM's lines.</summary>
    public static uint KeyOf(VmId vm) => (uint)vm.Value + 1;

    /// <summary>The VM's port is connected, perhaps instead of an older connection.</summary>
    public void Connect(long now)
    {
        lock (_gate)
        {
            if (_isConnected)
                Interrupt(now);
            if (plan.Guest == ScaleGuest.Lines && plan.Backend == ScaleBackend.Socket && HasAnswered)
                _oracle.AllowRestart();
            _isConnected = true;
            _connectedAt = now;
            _nextDue = now;
            if (plan.Guest == ScaleGuest.Lines && _waitsSince < 0)
                _waitsSince = now;
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Disconnect(long now)
    {
        lock (_gate)
        {
            if (_isConnected)
                Interrupt(now);
            _isConnected = false;
        }
    }

    /// <summary>Another incarnation may have begun.</summary>
    public void AllowRestart()
    {
        lock (_gate)
            _oracle.AllowRestart();
    }

    /// <summary>A line for an echo when one is due; false when none is.</summary>
    public bool TryNext(long now, Span<byte> line)
    {
        lock (_gate)
        {
            if (!_isConnected || _isOver || now < _nextDue || Outstanding >= (plan.LinesPerSecond == 0 ? 1 : Window))
                return false;
            if (plan.LinesPerSecond > 0)
            {
                // After a pause the missed lines are not sent at once.
                var period = (long)(1e9 / plan.LinesPerSecond);
                _nextDue = Math.Max(_nextDue + period, now - (2 * period));
            }

            NumberedLine.Write(line, KeyOf(vm), _linesSent);
            _sentAt[_linesSent % Window] = now;
            _linesSent++;
            BytesSent += line.Length;
            if (_waitsSince < 0)
                _waitsSince = now;
            return true;
        }
    }

    /// <summary>Spreads the lines of many VMs over their period.</summary>
    public void Spread(double share)
    {
        lock (_gate)
        {
            if (plan.LinesPerSecond > 0)
                _nextDue += (long)(share * 1e9 / plan.LinesPerSecond);
        }
    }

    /// <summary>Bytes came.</summary>
    public void Arrive(ReadOnlySpan<byte> bytes, long now)
    {
        lock (_gate)
        {
            var before = _oracle.Next;
            var restarts = _oracle.Restarts;
            var lived = _oracle.ArrivedInLife;
            _oracle.Take(bytes);
            HasAnswered = true;
            if (_oracle.Restarts != restarts)
                _sentInEarlierLives += lived;
            if (plan.Guest == ScaleGuest.Echo)
                Measure(before, now);
            Silence(now);
            _waitsSince = plan.Guest == ScaleGuest.Lines || Outstanding > 0 ? now : -1;
        }
    }

    /// <summary>Nothing is to be sent any more, and what will not have come at the end is judged.</summary>
    public void StopSending()
    {
        lock (_gate)
            _isOver = true;
    }

    /// <summary>The VM has ended: its silence is no news, only the last bytes of its connection may still come.</summary>
    public void End()
    {
        lock (_gate)
            _hasEnded = true;
    }

    /// <summary>How long the VM has been silent now although something should come.</summary>
    public long SilentFor(long now)
    {
        lock (_gate)
            return _waitsSince < 0 || _hasEnded ? 0 : now - _waitsSince;
    }

    /// <summary>The end of an echo, or of a guest that said nothing at its end.</summary>
    public void Finish()
    {
        lock (_gate)
        {
            if (plan.Guest == ScaleGuest.Echo)
                _oracle.Finish(_linesSent);
            else
                BytesSent = _sentInEarlierLives + _oracle.ArrivedInLife;
            _waitsSince = -1;
        }
    }

    /// <summary>The end of a guest that sends lines by itself.</summary>
    /// <param name="isWhole">It ended by itself, having sent everything.</param>
    /// <param name="written">Bytes that its backend took in its last life.</param>
    public void Finish(bool isWhole, long written)
    {
        lock (_gate)
        {
            if (isWhole)
                _oracle.Finish(plan.LinesPerVm);
            else
                _oracle.FinishBytes(written);
            BytesSent = _sentInEarlierLives + (isWhole ? plan.LinesPerVm * plan.LineBytes : written);
            _waitsSince = -1;
        }
    }

    private void Interrupt(long now)
    {
        if (_isOver && Outstanding <= 0)
            return;
        Interruptions++;
        _isInterrupted = true;
        _excused = _linesSent;
        _oracle.Interrupt(_linesSent);
        if (_waitsSince < 0)
            _waitsSince = now;
    }

    private void Measure(long before, long now)
    {
        for (var line = Math.Max(before, _linesSent - Window); line < _oracle.Next; line++)
        {
            if (_sentAt[line % Window] >= _connectedAt)
                latencies.Add(now - _sentAt[line % Window]);
        }
    }

    private void Silence(long now)
    {
        if (_waitsSince < 0)
            return;
        var silent = now - _waitsSince;
        if (_isInterrupted)
            LongestRestart = Math.Max(LongestRestart, silent);
        else
            LongestStall = Math.Max(LongestStall, silent);
        _isInterrupted = false;
    }
}
