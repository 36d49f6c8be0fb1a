using Actors.Protocol;

namespace Actors.DeviceModel;

/// <content>What a crash must not lose, and how it comes back.</content>
internal sealed partial class MsixTable
{
    /// <summary>Table or pending bits differ from the last <see cref="Capture"/>.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Writes table and pending bits into the record.</summary>
    public void Capture(PciRecord record)
    {
        if (!IsChanged)
            return;
        IsChanged = false;
        record.MsixWords = Copy(_words, record.MsixWords);
        record.MsixPending = Copy(_pending, record.MsixPending);
    }

    /// <summary>Brings table and pending bits back, without sending: <see cref="SendPending"/> does. False when they can't be of such a table.</summary>
    public bool TryRestore(PciRecord record, bool enabled, bool functionMasked, bool busMaster)
    {
        if (record.MsixWords.Length is not 0 && record.MsixWords.Length != Vectors * Words)
            return false;
        if (record.MsixPending.Length is not 0 && record.MsixPending.Length != (Vectors + 63) / 64)
            return false;
        _words = record.MsixWords.Length == 0 ? null : [.. record.MsixWords];
        for (var at = 0; _words is not null && at < _words.Length; at += Words)
        {
            _words[at + AddressLow] &= ~3U;
            _words[at + Control] &= PciSpec.MsixEntryMasked;
        }

        _pending = record.MsixPending.Length == 0 ? null : [.. record.MsixPending];
        if (_pending is not null && Vectors % 64 != 0)
            _pending[^1] &= (1UL << (Vectors % 64)) - 1;
        IsEnabled = enabled;
        IsOpen = enabled && !functionMasked && busMaster;
        return true;
    }

    private static T[] Copy<T>(T[]? from, T[] to)
    {
        if (from is null)
            return [];
        if (to.Length != from.Length)
            to = new T[from.Length];
        from.CopyTo(to, 0);
        return to;
    }
}
