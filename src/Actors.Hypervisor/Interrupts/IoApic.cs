using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// I/O APIC (82093AA programming model, version 0x11) with 48 pins.
/// <para>There: IOREGSEL, IOWIN, id, version, arbitration id, redirection entries: vector, delivery mode, destination, trigger, mask, remote IRR.</para>
/// <para>A pin's level says "asserted": the polarity bit is stored and not acted on, as the device model speaks of assertion, not of voltage.</para>
/// <para>Level: sent while asserted, unmasked and remote IRR clear; EOI clears it and the pin is looked at again. Edge: sent at the rising edge; while masked it is lost.
/// Accesses other than 4 bytes are refused (-EINVAL, #GP); other offsets read ones. Not there: the EOI register of later versions.</para>
/// </summary>
internal sealed class IoApic
{
    /// <summary>Bytes of the register window.</summary>
    public const int Size = 0x1000;

    private const int RegisterSelect = 0x00;
    private const int Window = 0x10;
    private const int FirstEntry = 0x10;
    private const uint VersionValue = 0x11 | ((PlatformSpec.IoApicPins - 1) << 16);
    private const ulong RemoteIrr = 1 << 14;
    private const ulong WritableLow = 0x1_AFFF;
    private const ulong WritableHigh = 0xFF00_0000;
    private const ulong Initial = RedirectionEntry.Masked;

    // 384 bytes that a guest which lives by MSI never needs.
    private ulong[]? _entries;
    private ulong _lines;
    private uint _id;
    private byte _select;

    /// <summary>True while a pin is asserted.</summary>
    public bool IsAsserted(int pin) => (_lines & (1UL << pin)) != 0;

    /// <summary>A redirection entry.</summary>
    public ulong EntryOf(int pin) => _entries is null ? Initial : _entries[pin];

    /// <summary>Sets a pin's level. True when an interrupt is to be sent for it.</summary>
    public bool SetLine(int pin, bool asserted)
    {
        var bit = 1UL << pin;
        var was = (_lines & bit) != 0;
        _lines = asserted ? _lines | bit : _lines & ~bit;
        if (!asserted || _entries is null)
            return false;

        return RedirectionEntry.IsLevel(_entries[pin]) ? IsDue(pin) : !was && !RedirectionEntry.IsMasked(_entries[pin]);
    }

    /// <summary>True when a level-triggered pin waits to be sent.</summary>
    public bool IsDue(int pin)
    {
        if (_entries is null || !IsAsserted(pin))
            return false;

        return (_entries[pin] & (RedirectionEntry.Level | RemoteIrr | RedirectionEntry.Masked)) == RedirectionEntry.Level;
    }

    /// <summary>A local APIC took a level-triggered pin's message.</summary>
    public void Taken(int pin)
    {
        if (_entries is not null && RedirectionEntry.IsLevel(_entries[pin]))
            _entries[pin] |= RemoteIrr;
    }

    /// <summary>A local APIC ended a level-triggered vector: its pins may be sent again.</summary>
    public void End(byte vector)
    {
        if (_entries is null)
            return;

        foreach (ref var entry in _entries.AsSpan())
        {
            if (RedirectionEntry.IsLevel(entry) && RedirectionEntry.VectorOf(entry) == vector)
                entry &= ~RemoteIrr;
        }
    }

    /// <summary>Registers to their initial values, lines low.</summary>
    public void Reset()
    {
        _entries = null;
        _lines = 0;
        _id = 0;
        _select = 0;
    }

    /// <summary>A guest reads.</summary>
    public EmulationResult Read(ulong offset, int size, out ulong value)
    {
        value = uint.MaxValue;
        if (size != 4)
            return EmulationResult.Refused;

        if (offset == RegisterSelect)
            value = _select;
        else if (offset == Window)
            value = ReadRegister();

        return EmulationResult.Done;
    }

    /// <summary>A guest writes. <paramref name="pin"/> is the one whose entry changed, or -1.</summary>
    public EmulationResult Write(ulong offset, int size, ulong value, out int pin)
    {
        pin = -1;
        if (size != 4)
            return EmulationResult.Refused;

        if (offset == RegisterSelect)
            _select = (byte)value;
        else if (offset == Window)
            pin = WriteRegister((uint)value);

        return EmulationResult.Done;
    }

    private uint ReadRegister()
    {
        switch (_select)
        {
            case 0:
            case 2:
                return _id;
            case 1:
                return VersionValue;
            default:
                var half = _select - FirstEntry;
                return half is >= 0 and < PlatformSpec.IoApicPins * 2 ? (uint)(EntryOf(half >> 1) >> ((half & 1) * 32)) : 0;
        }
    }

    private int WriteRegister(uint value)
    {
        if (_select == 0)
            _id = value & 0x0F00_0000;

        var half = _select - FirstEntry;
        if (half is < 0 or >= PlatformSpec.IoApicPins * 2)
            return -1;

        var entries = Entries();
        var pin = half >> 1;
        ref var entry = ref entries[pin];
        if ((half & 1) != 0)
        {
            entry = (uint)entry | ((value & WritableHigh) << 32);
        }
        else
        {
            entry = (entry & ~WritableLow) | (value & WritableLow);

            // As on hardware, and as Linux relies on: to edge and back ends what is in service.
            if (!RedirectionEntry.IsLevel(entry))
                entry &= ~RemoteIrr;
        }

        return pin;
    }

    private ulong[] Entries()
    {
        if (_entries is null)
        {
            _entries = new ulong[PlatformSpec.IoApicPins];
            Array.Fill(_entries, Initial);
        }

        return _entries;
    }
}
