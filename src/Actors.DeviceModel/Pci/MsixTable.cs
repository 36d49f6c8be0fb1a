using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// MSI-X of one function: vector table, pending bits, function mask and enable. A message that may not go out now (masked, function masked, no bus master)
/// leaves its pending bit and goes out when the last obstacle is gone: no edge is lost. Nothing is kept for a vector raised while MSI-X is off.
/// </summary>
internal sealed partial class MsixTable
{
    /// <summary>Most vectors that the table size field can say.</summary>
    public const int MaxVectors = 2048;

    private const int AddressLow = 0;
    private const int AddressHigh = 1;
    private const int Data = 2;
    private const int Control = 3;
    private const int Words = PciSpec.MsixEntrySize / 4;

    private readonly IPciFunctionHost _host;

    // Allocated when the guest writes the table or something becomes pending; until then every entry is as after reset.
    private uint[]? _words;
    private ulong[]? _pending;

    public MsixTable(IPciFunctionHost host, int vectors)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vectors, MaxVectors);
        _host = host;
        Vectors = vectors;
        PbaOffset = ((vectors * PciSpec.MsixEntrySize) + 0xFFF) & ~0xFFF;
        BarSize = 0x1000;
        while (BarSize < PbaOffset + ((vectors + 63) / 64 * 8))
            BarSize *= 2;
    }

    /// <summary>Entries of the table.</summary>
    public int Vectors { get; }

    /// <summary>Where the pending bits are in the BAR; the table is at 0.</summary>
    public int PbaOffset { get; }

    /// <summary>Bytes of the BAR.</summary>
    public int BarSize { get; }

    /// <summary>MSI-X is enabled.</summary>
    public bool IsEnabled { get; private set; }

    private bool IsOpen { get; set; }

    /// <summary>Raises a vector. False when MSI-X is off or there is no such vector.</summary>
    public bool Raise(int vector)
    {
        if (!IsEnabled || (uint)vector >= (uint)Vectors)
            return false;
        if (IsOpen && !IsMasked(vector))
            Send(vector);
        else
            SetPending(vector);
        return true;
    }

    /// <summary>The vector's pending bit.</summary>
    public bool IsPending(int vector) => _pending is not null && (_pending[vector >> 6] & (1UL << vector)) != 0;

    /// <summary>Takes over what the capability's control and the command register say.</summary>
    public void Configure(bool enabled, bool functionMasked, bool busMaster)
    {
        IsEnabled = enabled;
        IsOpen = enabled && !functionMasked && busMaster;
        SendPending();
    }

    /// <summary>Sends what is pending and may go.</summary>
    public void SendPending()
    {
        if (!IsOpen || _pending is null)
            return;
        for (var word = 0; word < _pending.Length; word++)
        {
            for (var bits = _pending[word]; bits != 0; bits &= bits - 1)
                SendIfPending((word * 64) + System.Numerics.BitOperations.TrailingZeroCount(bits));
        }
    }

    /// <summary>Forgets pending messages (they belong to an epoch of the device that ended).</summary>
    public void ClearPending()
    {
        IsChanged |= _pending is not null;
        _pending = null;
    }

    /// <summary>Back to power-on: off, everything masked, nothing pending.</summary>
    public void Reset()
    {
        IsChanged = true;
        _words = null;
        _pending = null;
        IsEnabled = false;
        IsOpen = false;
    }

    /// <summary>Reads 4 aligned bytes of the BAR; ones where nothing is.</summary>
    public uint Read(int offset)
    {
        if ((offset & 3) != 0)
            return uint.MaxValue;
        if (offset < Vectors * PciSpec.MsixEntrySize)
            return _words is not null ? _words[offset / 4] : offset % PciSpec.MsixEntrySize / 4 == Control ? PciSpec.MsixEntryMasked : 0;
        var word = (offset - PbaOffset) / 8;
        if (offset < PbaOffset || word >= (Vectors + 63) / 64)
            return uint.MaxValue;
        return _pending is null ? 0 : (uint)(_pending[word] >> ((offset & 4) * 8));
    }

    /// <summary>Writes 4 aligned bytes of the table; anything else is dropped. False when it was.</summary>
    public bool Write(int offset, uint value)
    {
        if ((offset & 3) != 0 || offset >= Vectors * PciSpec.MsixEntrySize)
            return false;
        if (_words is null)
        {
            _words = new uint[Vectors * Words];
            for (var at = Control; at < _words.Length; at += Words)
                _words[at] = PciSpec.MsixEntryMasked;
        }

        IsChanged = true;
        var word = offset / 4;
        _words[word] = (word % Words) switch
        {
            AddressLow => value & ~3U,
            Control => value & PciSpec.MsixEntryMasked,
            _ => value,
        };
        if (IsOpen && word % Words == Control)
            SendIfPending(word / Words);
        return true;
    }

    private bool IsMasked(int vector) => _words is null || (_words[(vector * Words) + Control] & PciSpec.MsixEntryMasked) != 0;

    private void SetPending(int vector)
    {
        IsChanged = true;
        _pending ??= new ulong[(Vectors + 63) / 64];
        _pending[vector >> 6] |= 1UL << vector;
    }

    private void SendIfPending(int vector)
    {
        if (!IsPending(vector) || IsMasked(vector))
            return;
        IsChanged = true;
        _pending![vector >> 6] &= ~(1UL << vector);
        Send(vector);
    }

    private void Send(int vector)
    {
        var at = vector * Words;
        _host.SendMsi(((ulong)_words![at + AddressHigh] << 32) | _words[at + AddressLow], _words[at + Data]);
    }
}
