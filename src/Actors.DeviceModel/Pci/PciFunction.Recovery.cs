using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What a crash must not lose, and how it comes back.</content>
internal abstract partial class PciFunction
{
    private bool _isChanged;

    /// <summary>Something differs from the last <see cref="Capture(PciRecord)"/>.</summary>
    internal bool IsChanged => _isChanged || Msix is { IsChanged: true };

    /// <summary>Something that the record has changes.</summary>
    protected void MarkChanged() => _isChanged = true;

    /// <summary>Writes everything that changed since the last call into the record.</summary>
    public virtual void Capture(DeviceRecord record)
    {
        if (IsChanged)
            Capture(record.Pci);
    }

    /// <summary>Takes a fresh function to where the record says it was, without effects. False, and the function is of no use, when the record can't be one of such a function.</summary>
    public virtual bool TryRestore(DeviceRecord record) => TryRestore(record.Pci);

    /// <summary>Goes on after <see cref="TryRestore(DeviceRecord)"/>: tells the driver again what it may not have been told.</summary>
    public virtual void Recover() => Msix?.SendPending();

    /// <summary>Writes everything into the record.</summary>
    protected void Capture(PciRecord record)
    {
        if (record.Config.Length == 0)
        {
            record.Config = new byte[_config.Length];
            record.Bars = new BarRecord[_bars.Length];
        }

        _config.CopyTo(record.Config, 0);
        for (var i = 0; i < _bars.Length; i++)
        {
            ref readonly var bar = ref _bars[i];
            record.Bars[i] = new BarRecord(bar.Assigned, bar.At, (byte)bar.State, bar.IsSizing);
        }

        record.Intx = _intx.State;
        Msix?.Capture(record);
        _isChanged = false;
    }

    /// <summary>
    /// Takes a fresh function to where the record says it was, without effects: whoever routes to it knows the places of its BARs already. Bits that a guest can't
    /// write come from the function itself. False when the record can't be of such a function.
    /// </summary>
    protected bool TryRestore(PciRecord record)
    {
        if (record.Config.Length != _config.Length || record.Bars.Length != _bars.Length || record.Intx > IntxState.Pending)
            return false;
        for (var register = 0; register < _config.Length; register++)
        {
            var mask = WritableBits(register);
            _config[register] = (byte)((_config[register] & ~mask) | (record.Config[register] & mask));
        }

        for (var i = 0; i < _bars.Length; i++)
        {
            if (!TryRestoreBar(i, record.Bars[i], BinaryPrimitives.ReadUInt32LittleEndian(record.Config.AsSpan(PciSpec.Bar0 + (4 * i)))))
                return false;
        }

        var control = _msixCapability == 0 ? (ushort)0 : Get16(_msixCapability + PciSpec.MsixControl);
        var enabled = (control & PciSpec.MsixEnable) != 0;
        _intx.Restore(record.Intx, !enabled && (Command & PciSpec.CommandIntxDisable) == 0);
        return Msix?.TryRestore(record, enabled, (control & PciSpec.MsixFunctionMask) != 0, IsBusMaster) ?? true;
    }

    /// <summary>Where the BARs decode.</summary>
    public IEnumerable<BarPlace> Places()
    {
        for (var i = 0; i < _bars.Length; i++)
        {
            if (_bars[i].State == BarState.Mapped)
                yield return new BarPlace(i, _bars[i].Kind, _bars[i].At, _bars[i].Size);
        }
    }

    private bool TryRestoreBar(int index, in BarRecord record, uint register)
    {
        ref var bar = ref _bars[index];
        switch (bar.Kind)
        {
            case PciBarKind.None:
                return true;
            case PciBarKind.Memory64High:
                Put32(PciSpec.Bar0 + (4 * index), register);
                bar.IsSizing = record.IsSizing;
                return true;
            default:
                var most = bar.Kind == PciBarKind.Io ? 0x1_0000UL : bar.Kind == PciBarKind.Memory32 ? 0x1_0000_0000UL : ulong.MaxValue;
                if (record.State > (byte)BarState.Refused || !IsPlace(record.Assigned, bar.Size, most))
                    return false;
                if (record.State != (byte)BarState.Off && !IsPlace(record.At, bar.Size, most))
                    return false;
                Put32(PciSpec.Bar0 + (4 * index), (register & AddressMask(bar)) | TypeBits(bar));
                bar.Assigned = record.Assigned;
                bar.At = record.At;
                bar.State = (BarState)record.State;
                bar.IsSizing = record.IsSizing;
                return true;
        }
    }

    private static bool IsPlace(ulong address, ulong size, ulong most) => (address & (size - 1)) == 0 && address <= most - size;
}
