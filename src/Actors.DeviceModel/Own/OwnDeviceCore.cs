using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Between a device that a user brought along and the machine: nothing that the user's code throws gets past it, and nothing that it does outside of a call counts.
/// </summary>
internal abstract class OwnDeviceCore : DeviceCore
{
    /// <summary>Bytes before the user's state in a record.</summary>
    public const int HeaderBytes = 1;

    private const byte FailedBit = 1;
    private const byte WakeBit = 2;

    private readonly OwnDevice _device;
    private readonly ArrayBufferWriter<byte> _state = new();
    private int _thread;
    private string? _callback;
    private bool _isWakeDue;

    protected OwnDeviceCore(OwnDevice device)
    {
        _device = device;
        device.Core = this;
    }

    /// <summary>The user's code is being called, by this thread.</summary>
    public bool IsInTurn => _thread == Environment.CurrentManagedThreadId;

    /// <summary>What of the user's code is being called, such as <c>Adder.Write</c>; null: nothing. May be asked for by any thread.</summary>
    public string? Calling => _callback is { } callback ? $"{_device.GetType().Name}.{callback}" : null;

    /// <summary>The user's code threw, and there was no reset since.</summary>
    protected bool HasFailed { get; private set; }

    /// <summary>Where effects other than the function's go.</summary>
    protected IDeviceEffects Effects { get; private set; } = null!;

    /// <summary>The user's code has run since the last capture.</summary>
    protected bool IsTouched { get; private set; } = true;

    /// <summary>By any thread.</summary>
    public void Post(object what) => Effects.Post(what);

    /// <summary>The user's wish.</summary>
    public void Wake(TimeSpan after)
    {
        _isWakeDue = true;
        Effects.Wake(after);
    }

    /// <inheritdoc/>
    public override void Signal(object? what)
    {
        Prepare();
        if (what is not null)
            Call(() => _device.CallSignal(what), "OnSignal");
        else if (_isWakeDue)
        {
            _isWakeDue = false;
            Call(_device.CallWake, "OnWake");
        }

        Settle();
    }

    /// <inheritdoc/>
    public sealed override void Capture(DeviceRecord record)
    {
        if (!IsTouched)
            return;
        record.Own = Snapshot();
        IsTouched = false;
    }

    /// <inheritdoc/>
    public override bool TryRestore(DeviceRecord record)
    {
        if (record.Own.Length == 0)
            return true;
        HasFailed = (record.Own[0] & FailedBit) != 0;
        _isWakeDue = (record.Own[0] & WakeBit) != 0;
        if (record.Own.Length > HeaderBytes)
            Call(() => _device.CallRestore(record.Own.AsSpan(HeaderBytes)), "Restore");
        return true;
    }

    /// <inheritdoc/>
    public override void Recover()
    {
        if (HasFailed)
            OnFailed();

        // How much of its time was over nobody knows: rather early than never.
        if (_isWakeDue)
            Effects.Wake(TimeSpan.Zero);
    }

    /// <inheritdoc/>
    [SuppressMessage("Design", "CA1031", Justification = "To be looked at must not change a device: what it throws then is shown in the place of its state.")]
    public override IEnumerable<InspectNode> Inspect()
    {
        InspectNode[] theirs;
        try
        {
            theirs = [.. _device.CallInspect()];
        }
        catch (Exception thrown)
        {
            theirs = [InspectNode.Leaf("problem", thrown.Message)];
        }

        return [InspectNode.Leaf("failed", HasFailed), .. theirs];
    }

    /// <summary>Everything is as at power-on.</summary>
    protected void ResetOwn()
    {
        HasFailed = false;
        _isWakeDue = false;
        Call(_device.CallReset, "OnReset");
    }

    /// <summary>Where effects go.</summary>
    protected void Connect(IDeviceEffects effects) => Effects = effects;

    /// <summary>Calls the user's code; false when it threw, now or before.</summary>
    /// <param name="work">The call.</param>
    /// <param name="callback">Its name in the user's class.</param>
    /// <param name="isRead">It changes nothing by its contract.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a user's device throws is that device's failure, and is told as such.")]
    protected bool Call(Action work, string callback, bool isRead = false)
    {
        if (HasFailed)
            return false;
        var (outer, outerCallback) = (_thread, _callback);
        (_thread, _callback) = (Environment.CurrentManagedThreadId, callback);
        IsTouched |= !isRead;
        try
        {
            work();
            return true;
        }
        catch (Exception thrown)
        {
            Fail($"{thrown.GetType().Name}: {thrown.Message}");
            return false;
        }
        finally
        {
            (_thread, _callback) = (outer, outerCallback);
        }
    }

    /// <summary>The device is out of use from here on.</summary>
    protected void Fail(string reason)
    {
        if (HasFailed)
            return;
        HasFailed = true;
        IsTouched = true;
        OnFailed();
        Effects.Failed(reason);
    }

    /// <summary>What the next incarnation needs, as of now.</summary>
    protected byte[] Snapshot()
    {
        _state.ResetWrittenCount();
        Call(() => _device.CallSave(_state), "Save", isRead: true);
        if (_state.WrittenCount > OwnDevice.MaxStateBytes)
        {
            Fail($"it keeps {_state.WrittenCount} bytes of state, more than {OwnDevice.MaxStateBytes}");
            _state.ResetWrittenCount();
        }

        return [(byte)((HasFailed ? FailedBit : 0) | (_isWakeDue ? WakeBit : 0)), .. _state.WrittenSpan];
    }

    /// <summary>A call of the user's code outside of the machine's own begins.</summary>
    protected virtual void Prepare()
    {
    }

    /// <summary>What the user's code asked for is done after it returned.</summary>
    protected abstract void Settle();

    /// <summary>It has failed just now: the guest is to see it.</summary>
    protected abstract void OnFailed();
}
