using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What a crash must not lose, and how it comes back.</content>
internal sealed partial class MountedDevice
{
    private readonly int _incarnation;
    private uint _heldVcpus;
    private uint? _heldReset;
    private ulong _heldResetMark;
    private ulong _begunMark;
    private uint _begunEpoch;
    private bool _owesBegun;

    /// <summary>Of each vCPU: the exchange with which its answer is known to the guest's side.</summary>
    private ulong[] _heldMarks = [];

    /// <summary>The lowest number of an interrupt that may still be repeated: those before it nobody need wait for.</summary>
    public ulong OldestMsi => _unseen.Oldest;

    /// <summary>Where BARs decode after <see cref="TryRestore"/>.</summary>
    public BarPlaces RestoredPlaces => Places();

    /// <summary>Which restart of the device this is.</summary>
    public int Incarnation => _incarnation;

    /// <summary>
    /// True for a device whose successor exists already. It changes nothing any more, neither guest memory nor ports nor the record; its messages, if any were on
    /// their way, are fenced off at the ports by the incarnation that they carry.
    /// </summary>
    private bool IsSuperseded => _incarnation != _record.Incarnation;

    /// <inheritdoc/>
    void IQueueJournal.Commit(Virtqueue queue)
    {
        _record.Queues[queue.Index].UsedIndex = queue.UsedIndex;
        _record.Progress++;
        _core.CaptureUsed(_record, queue.Index);
        _record.Commit();
        _memory?.Mark();
    }

    /// <summary>
    /// Takes a fresh device to where its record says the one before was. What leaves it from here on leaves at <see cref="Recover"/>. False when the record can't be
    /// of such a device; then this one is of no use.
    /// </summary>
    public bool TryRestore()
    {
        var record = _record;
        if (record.Version != DeviceRecord.CurrentVersion || record.Doorbells.Length != _core.QueueCount || record.Answers.Length > VmLimits.MaxVcpus
            || !_core.TryRestore(record) || !_pci.TryRestore(record) || !_doorbells.TryRestore(record))
            return false;
        Epoch = record.Epoch;
        _placesVersion = record.PlacesVersion;
        _places.Clear();
        _places.AddRange(_pci.Places());
        _msiSequence = record.MsiSequence;
        _intxChange = record.IntxChange;
        _intxSeen = record.IntxSeen;
        _isIntxAsserted = record.IsIntxAsserted;
        _counters = new DoorbellCounter[record.Doorbells.Length];
        for (var queue = 0; queue < _counters.Length; queue++)
            _counters[queue] = new DoorbellCounter { Handled = record.Doorbells[queue].Handled, Acknowledged = record.Doorbells[queue].Acknowledged };
        for (var vcpu = 0; vcpu < record.Answers.Length; vcpu++)
        {
            ref readonly var kept = ref record.Answers[vcpu];
            if (!kept.IsDone || !_answers.TryBegin(vcpu, kept.Sequence, out _))
                continue;
            var answer = new DeviceHop.AccessDone(Epoch, vcpu, kept.Sequence, kept.Value, kept.HasPlaces ? Places() : null);
            _answers.Remember(vcpu, answer);

            // Whether it was held is not worth a field: ports say where they are in a moment.
            Hold(answer);
            if (_memory is not null)
                HoldUntilStored(answer);
        }

        return true;
    }

    /// <summary>Goes on after <see cref="TryRestore"/>: says again what may have been lost on its way, and asks the ports how far they are.</summary>
    public void Recover()
    {
        _core.Recover();
        _pci.Recover();
        if (_intxChange > 0)
            _effects.SendIntx(_intxChange, _isIntxAsserted);
        for (var queue = 0; queue < _core.QueueCount; queue++)
        {
            if (_doorbells.TryRepeat(queue, out var request))
                _effects.Register(request);
            Advance(queue);
        }

        _effects.Watch();
        EndTurn();
    }

    /// <summary>The answers that waited for the ports to leave the old epoch and need wait no more; call until false.</summary>
    public bool TryTakeHeld(out DeviceHop.AccessDone answer)
    {
        answer = null!;
        if (_heldVcpus == 0 || !_core.IsFenced)
            return false;
        for (var held = _heldVcpus; held != 0; held &= held - 1)
        {
            var vcpu = System.Numerics.BitOperations.TrailingZeroCount(held);
            if (_memory is not null && vcpu < _heldMarks.Length && _heldMarks[vcpu] > _memory.Answered)
                continue;
            _heldVcpus &= ~(1u << vcpu);
            answer = _answers[vcpu]!;
            return true;
        }

        return false;
    }

    /// <summary>The answer to a machine's reset that waited for the ports; once.</summary>
    public bool TryTakeHeld(out DeviceHop.ResetDone done)
    {
        done = null!;
        if (_heldReset is not { } epoch || !_core.IsFenced || (_memory is not null && _memory.Answered < _heldResetMark))
            return false;
        _heldReset = null;
        done = new DeviceHop.ResetDone(Function, epoch, Places());
        return true;
    }

    /// <summary>The answer to the beginning of an epoch that waited for the guest's side; once.</summary>
    public bool TryTakeHeld(out DeviceHop.EpochBegun begun)
    {
        begun = null!;
        if (!_owesBegun || (_memory is not null && _memory.Answered < _begunMark))
            return false;
        _owesBegun = false;
        begun = new DeviceHop.EpochBegun(Function, Epoch, Places());
        return true;
    }

    private void Hold(DeviceHop.AccessDone answer) => _heldVcpus |= 1u << answer.Vcpu;

    /// <summary>Whoever takes the device over must know of what the guest knows to be done.</summary>
    private void HoldUntilStored(DeviceHop.AccessDone answer)
    {
        Hold(answer);
        if (answer.Vcpu >= _heldMarks.Length)
            Array.Resize(ref _heldMarks, answer.Vcpu + 1);
        _heldMarks[answer.Vcpu] = _memory!.Store();
    }

    private bool IsHeld(DeviceHop.AccessDone? answer) => answer is not null && (_heldVcpus & (1u << answer.Vcpu)) != 0;

    private void Capture(DeviceHop.AccessDone answer)
    {
        if (answer.Vcpu >= _record.Answers.Length)
        {
            var grown = _record.Answers;
            Array.Resize(ref grown, answer.Vcpu + 1);
            _record.Answers = grown;
        }

        _record.Answers[answer.Vcpu] = new AnswerRecord(answer.Sequence, answer.Value, IsDone: true, answer.Bars is not null);
        _record.Progress++;
        Capture();
    }

    private void EndTurn()
    {
        if (IsSuperseded)
            return;
        Capture();
        _memory?.EndTurn(_record, _core, _effects);
        _effects.Flush();
    }

    private void Capture()
    {
        _record.Epoch = Epoch;
        _record.PlacesVersion = _placesVersion;
        _record.MsiSequence = _msiSequence;
        _record.IntxChange = _intxChange;
        _record.IsIntxAsserted = _isIntxAsserted;
        _pci.Capture(_record);
        _core.Capture(_record);
        if (_memory is not null)
            _record.Ahead = _core.InHand;
        if (_doorbells.IsChanged)
            _doorbells.Capture(_record);
        _record.Commit();
    }
}
