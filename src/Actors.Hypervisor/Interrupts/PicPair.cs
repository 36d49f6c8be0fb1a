using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Two 8259A, the secondary on line 2 of the primary, and their edge/level registers (0x4D0, 0x4D1). A guest that never initialises them
/// never hears of them. Accesses of more than one byte touch the first port only; the other bytes of a read are ones.
/// </summary>
internal sealed class PicPair : IPortHandler
{
    /// <summary>Where the secondary is wired.</summary>
    public const int CascadeLine = 2;

    /// <summary>Edge/level control of the first chip, a byte; the second's follows.</summary>
    public const ushort LevelPort = 0x4D0;

    /// <summary>Lines of the first chip that may be level-triggered: not timer, keyboard, cascade.</summary>
    public const byte PrimaryLevelMask = 0xF8;

    /// <summary>Lines of the second chip that may be level-triggered: not RTC, coprocessor.</summary>
    public const byte SecondaryLevelMask = 0xDE;

    private readonly Pic8259 _primary = new(PrimaryLevelMask);
    private readonly Pic8259 _secondary = new(SecondaryLevelMask);
    private Action? _changed;

    /// <inheritdoc/>
    public string Name => "vpic";

    /// <summary>Sets who is told that the guest touched a register.</summary>
    public void OnChange(Action changed) => _changed = changed;

    /// <summary>Sets one of 16 lines; line 2 has no pin of its own.</summary>
    public void SetLine(int line, bool high)
    {
        if (line < 8)
            _primary.SetLine(line, high);
        else
            _secondary.SetLine(line - 8, high);

        Cascade();
    }

    /// <summary>The line that the processor would get now, 0-15, or -1.</summary>
    public int Pending
    {
        get
        {
            var line = _primary.Pending;
            return line == CascadeLine && _secondary.Pending >= 0 ? 8 + _secondary.Pending : line;
        }
    }

    /// <summary>The vector that <see cref="Pending"/> would have.</summary>
    public byte VectorOf(int line) => line < 8 ? _primary.VectorOf(line) : _secondary.VectorOf(line - 8);

    /// <summary><see cref="Pending"/> is offered to the processor: returns its vector. Another edge of the line is latched meanwhile.</summary>
    public byte Offer(int line)
    {
        if (line < 8)
            return _primary.Offer(line);

        var vector = _secondary.Offer(line - 8);
        Cascade();
        return vector;
    }

    /// <summary>The processor took what was offered: the line is in service.</summary>
    public void Take(int line)
    {
        if (line < 8)
        {
            _primary.Take(line);
            return;
        }

        _secondary.Take(line - 8);
        _primary.Take(CascadeLine);
        Cascade();
    }

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        var read = port switch
        {
            LevelPort => _primary.Level,
            LevelPort + 1 => _secondary.Level,
            _ => ChipAt(port).Read((port & 1) != 0),
        };
        value = 0xFFFF_FF00 | read;
        Cascade();
        _changed?.Invoke();
        return EmulationResult.Done;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        switch (port)
        {
            case LevelPort:
                _primary.Level = (byte)value;
                break;
            case LevelPort + 1:
                _secondary.Level = (byte)value;
                break;
            default:
                ChipAt(port).Write((port & 1) != 0, (byte)value);
                break;
        }

        Cascade();
        _changed?.Invoke();
        return EmulationResult.Done;
    }

    /// <summary>Back to power-on.</summary>
    public void Reset()
    {
        _primary.Reset();
        _secondary.Reset();
    }

    private Pic8259 ChipAt(ushort port) => port < PlatformSpec.PicSecondaryPort ? _primary : _secondary;

    /// <summary>The secondary's output as a level: it may ask again without having fallen in between.</summary>
    private void Cascade()
    {
        _primary.SetLine(CascadeLine, high: false);
        _primary.SetLine(CascadeLine, _secondary.Pending >= 0);
    }
}
