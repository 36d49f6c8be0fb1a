using Actors.DeviceModel;

namespace Actors.Simulation;

/// <content>Backends and who is at their other end.</content>
internal sealed partial class FaultPlane
{
    private const int FloodLimit = 16 << 20;

    private readonly List<RuleState> _writeRules = [];
    private readonly List<RuleState> _readRules = [];
    private readonly List<RuleState> _peerRules = [];

    /// <summary>Whether backend calls are to be asked for.</summary>
    public bool HasBackendRules { get; private set; }

    /// <summary>What becomes of a backend's write.</summary>
    public BackendVerdict AtBackendWrite(SimBackend backend, ReadOnlySpan<byte> data)
    {
        if (backend.HeldDirections.HasFlag(BackendInterest.Write))
            return backend.IsFull ? new BackendVerdict(BackendStatus.Full, 0, backend.HeldError) : new BackendVerdict(BackendStatus.WouldBlock);
        AtPeer(backend);
        if (!backend.IsConnected)
            return new BackendVerdict(BackendStatus.Disconnected);
        if (backend.TakeFlushError() is { } error)
            return new BackendVerdict(BackendStatus.Failed, 0, error);
        var verdict = new BackendVerdict(BackendStatus.Done, data.Length);
        if (!_isOn)
            return verdict;
        foreach (var rule in _writeRules)
        {
            if (rule.Target.Fits(TargetOf(backend)) && Fires(rule, -1, out var firing, data.Length) && verdict.Status == BackendStatus.Done)
                verdict = OnWrite(rule, firing, backend, data, verdict);
        }

        return verdict;
    }

    /// <summary>What becomes of a backend's read.</summary>
    public BackendVerdict AtBackendRead(SimBackend backend, int length)
    {
        if (backend.HeldDirections.HasFlag(BackendInterest.Read))
            return new BackendVerdict(BackendStatus.WouldBlock);
        AtPeer(backend);
        var verdict = new BackendVerdict(BackendStatus.Done, length);
        if (!_isOn || backend.Waiting == 0)
            return verdict;
        foreach (var rule in _readRules)
        {
            if (rule.Verb != FaultVerb.Corrupt && rule.Target.Fits(TargetOf(backend)) && Fires(rule, -1, out var firing) && verdict.Status == BackendStatus.Done)
                verdict = OnRead(rule, firing, backend, verdict);
        }

        return verdict;
    }

    /// <summary>Changes input on its way (F52).</summary>
    public void AfterBackendRead(SimBackend backend, Span<byte> data)
    {
        if (!_isOn)
            return;
        foreach (var rule in _readRules)
        {
            if (rule.Verb != FaultVerb.Corrupt || !rule.Target.Fits(TargetOf(backend)) || !Fires(rule, -1, out var firing))
                continue;
            var count = (int)Math.Clamp(firing.A, 1, data.Length);
            var start = (int)(firing.B % (data.Length - count + 1));
            var draw = new FaultDraw((ulong)firing.B, firing.Occurrence);
            var changed = 0;
            foreach (ref var one in data.Slice(start, count))
            {
                var value = rule.Parameters.Choice("fill") == 0 ? (byte)0 : (byte)draw.Next();
                if (one != value)
                    changed++;
                one = value;
            }

            if (changed > 0)
                Effect(rule, firing, -1, changed);
        }
    }

    private static FaultTarget TargetOf(SimBackend backend) =>
        new(backend.Vm.Value, -1, backend.Device.RequesterId, -1, backend.Port, -1);

    private static BackendStatus StatusOf(string errno) => errno switch
    {
        "ENOSPC" or "EDQUOT" or "EFBIG" => BackendStatus.Full,
        "EAGAIN" or "EWOULDBLOCK" => BackendStatus.WouldBlock,
        "EPIPE" or "ECONNRESET" or "ENOTCONN" => BackendStatus.Disconnected,
        _ => BackendStatus.Failed,
    };

    private void BindBackends(RuleState[] rules)
    {
        foreach (var rule in rules)
        {
            switch (rule.Rule.Site)
            {
                case FaultSites.BackendWrite:
                    _writeRules.Add(rule);
                    break;
                case FaultSites.BackendRead:
                    _readRules.Add(rule);
                    break;
                case FaultSites.BackendPeer:
                    _peerRules.Add(rule);
                    break;
            }
        }

        HasBackendRules = _writeRules.Count + _readRules.Count + _peerRules.Count > 0;
    }

    private BackendVerdict OnWrite(RuleState rule, in FaultFiring firing, SimBackend backend, ReadOnlySpan<byte> data, BackendVerdict verdict)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Error:
                Effect(rule, firing);
                var errno = rule.Parameters.Word("errno");
                return Held(rule, firing, backend, BackendInterest.Write, StatusOf(errno), errno);
            case FaultVerb.Full:
                Keep(rule, firing, backend, BackendInterest.Write, firing.A, rule.Parameters.Word("errno"));
                return new BackendVerdict(BackendStatus.Full, 0, rule.Parameters.Word("errno"));
            case FaultVerb.Again or FaultVerb.Hang:
                Keep(rule, firing, backend, BackendInterest.Write, firing.A, null);
                return new BackendVerdict(BackendStatus.WouldBlock);
            case FaultVerb.Interrupted:
                Effect(rule, firing, -1, firing.A);
                Recover(rule, firing.Occurrence);
                return verdict with { Interruptions = (int)Math.Clamp(firing.A, 1, 1000) };
            case FaultVerb.Short:
                var some = (int)Math.Clamp(firing.A, 1, data.Length);
                if (some < data.Length)
                    Effect(rule, firing, -1, data.Length - some);
                return verdict with { Count = some };
            case FaultVerb.Zero:
                Effect(rule, firing);
                return verdict with { Count = 0 };
            case FaultVerb.Slow:
                Keep(rule, firing, backend, BackendInterest.Write, firing.B + (data.Length * TimeSpan.TicksPerSecond / Math.Max(1, firing.A)), null);
                return verdict;
            case FaultVerb.Rotate or FaultVerb.Truncate or FaultVerb.Replace:
                if (backend.ChangeFile(rule.Verb))
                    Effect(rule, firing);
                return verdict;
            case FaultVerb.Misdirect when OtherThan(backend, firing.B) is { } other:
                other.TakeStray(data);
                Effect(rule, firing, -1, data.Length);
                return verdict with { IsElsewhere = true };
            case FaultVerb.Lie:
                var cache = Open(rule, firing, firing.A, null);
                cache.Repair = () =>
                {
                    if (backend.Settle())
                        RecoverOnce(cache);
                };
                backend.BeginLying();
                EffectOnce(cache);
                return verdict;
            case FaultVerb.FailFlush:
                backend.FailNext("EIO");
                Effect(rule, firing, -1, data.Length);
                return verdict with { IsElsewhere = true };
            default:
                return verdict;
        }
    }

    private BackendVerdict OnRead(RuleState rule, in FaultFiring firing, SimBackend backend, BackendVerdict verdict)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Error:
                Effect(rule, firing);
                var errno = rule.Parameters.Word("errno");
                return Held(rule, firing, backend, BackendInterest.Read, StatusOf(errno), errno);
            case FaultVerb.Again or FaultVerb.Hang:
                Keep(rule, firing, backend, BackendInterest.Read, firing.A, null);
                return new BackendVerdict(BackendStatus.WouldBlock);
            case FaultVerb.Interrupted:
                Effect(rule, firing, -1, firing.A);
                Recover(rule, firing.Occurrence);
                return verdict with { Interruptions = (int)Math.Clamp(firing.A, 1, 1000) };
            case FaultVerb.Short:
                var some = (int)Math.Clamp(firing.A, 1, Math.Max(1, verdict.Count));
                if (some < Math.Min(verdict.Count, backend.Waiting))
                    Effect(rule, firing);
                return verdict with { Count = some };
            case FaultVerb.Slow:
                Keep(rule, firing, backend, BackendInterest.Read, firing.B + (Math.Min(verdict.Count, backend.Waiting) * TimeSpan.TicksPerSecond / Math.Max(1, firing.A)), null);
                return verdict;
            default:
                return verdict;
        }
    }

    /// <summary>An error after which trying again is worth it has to be followed by a signal.</summary>
    private BackendVerdict Held(RuleState rule, in FaultFiring firing, SimBackend backend, BackendInterest direction, BackendStatus status, string errno)
    {
        if (status is BackendStatus.WouldBlock or BackendStatus.Full)
            Keep(rule, firing, backend, direction, TimeSpan.TicksPerMillisecond, status == BackendStatus.Full ? errno : null);
        if (status == BackendStatus.Disconnected)
            Leave(rule, firing, backend, TimeSpan.TicksPerMillisecond);
        return new BackendVerdict(status, 0, errno);
    }

    private void Keep(RuleState rule, in FaultFiring firing, SimBackend backend, BackendInterest direction, long ticks, string? error)
    {
        backend.Hold(direction, error);
        var fault = Open(rule, firing, Math.Max(1, ticks), null);
        fault.Repair = () =>
        {
            backend.Release(direction);
            RecoverOnce(fault);
        };
        if (rule.Verb != FaultVerb.Error)
            EffectOnce(fault);
    }

    /// <summary>The peer goes, and comes back.</summary>
    private void Leave(RuleState rule, in FaultFiring firing, SimBackend backend, long ticks)
    {
        if (!backend.IsConnected)
            return;
        backend.Disconnect();
        var fault = Open(rule, firing, Math.Max(1, ticks), null);
        fault.Repair = () =>
        {
            backend.Connect();
            RecoverOnce(fault);
        };
        if (rule.Verb != FaultVerb.Error)
            EffectOnce(fault);
    }

    private SimBackend? OtherThan(SimBackend backend, long random)
    {
        var all = _world.Backends.All;
        for (var i = 0; i < all.Count; i++)
        {
            var other = all[(int)((random + i) % all.Count)];
            if (!ReferenceEquals(other, backend) && !other.IsDisposed)
                return other;
        }

        return null;
    }

    private void AtPeer(SimBackend backend)
    {
        if (!_isOn)
            return;
        foreach (var rule in _peerRules)
        {
            if (!rule.Target.Fits(TargetOf(backend)) || !Fires(rule, -1, out var firing))
                continue;
            switch (rule.Verb)
            {
                case FaultVerb.Reopen or FaultVerb.LateAccept:
                    Leave(rule, firing, backend, firing.A);
                    break;
                case FaultVerb.Reset:
                    backend.LoseInput();
                    Leave(rule, firing, backend, firing.A);
                    break;
                case FaultVerb.HalfClose:
                    Keep(rule, firing, backend, BackendInterest.Read | BackendInterest.Write, firing.A, null);
                    break;
                case FaultVerb.ReconnectStorm:
                    Reconnect(rule, firing, backend);
                    break;
                case FaultVerb.Flood:
                    Flood(rule, firing, backend);
                    break;
                case FaultVerb.Hostile:
                    backend.Feed(HostileInput.Make(rule.Parameters.Choice("of"), (int)Math.Clamp(firing.A, 1, 1 << 16), firing.B));
                    Effect(rule, firing, -1, firing.A);
                    break;
            }
        }
    }

    private void Reconnect(RuleState rule, in FaultFiring firing, SimBackend backend)
    {
        var left = Math.Clamp(firing.A, 1, MaxStorm);
        var gap = Math.Max(1, firing.B);
        var fault = Open(rule, firing, -1, null);
        fault.Repair = () =>
        {
            left = 0;
            backend.Connect();
            RecoverOnce(fault);
        };
        EffectOnce(fault);
        Turn();

        void Turn()
        {
            if (!fault.IsOpen)
                return;
            if (left == 0)
            {
                fault.Close();
                return;
            }

            if (backend.IsConnected)
            {
                backend.Disconnect();
            }
            else
            {
                backend.Connect();
                left--;
            }

            _world.At(TimeSpan.FromTicks(Now + gap), Turn);
        }
    }

    private void Flood(RuleState rule, in FaultFiring firing, SimBackend backend)
    {
        var left = Math.Clamp(firing.A, 1, FloodLimit);
        var burst = (int)Math.Clamp(firing.B, 1, 1 << 16);
        var gap = Quantity.TryAmount(rule.Parameters.Word("gap"), isTime: true, out var amount) ? Math.Max(1, (long)amount.A) : 1;
        var bytes = new byte[burst];
        Array.Fill(bytes, (byte)'~');
        var fault = Open(rule, firing, -1, () => left = 0);
        EffectOnce(fault);
        Pour();

        void Pour()
        {
            if (!fault.IsOpen)
                return;
            var count = (int)Math.Min(left, burst);
            backend.Feed(bytes.AsSpan(0, count));
            left -= count;
            if (left > 0)
                _world.At(TimeSpan.FromTicks(Now + gap), Pour);
            else
                fault.Close();
        }
    }
}
