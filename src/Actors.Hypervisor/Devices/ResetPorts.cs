using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// Reset control register 0xCF9 (a rise of bit 2 resets; bit 3 makes it a full reset; readable) and the keyboard controller's pulse of the reset line (0xFE to 0x64).
/// All else at 0x64 is another's.
/// </summary>
internal sealed class ResetPorts(IPowerSwitch power) : IPortHandler
{
    private const byte DoReset = 0x04;
    private const byte FullReset = 0x08;
    private const byte Writable = 0x0E;
    private const byte PulseResetLine = 0xFE;

    private byte _control;

    /// <inheritdoc/>
    public string Name => "reset";

    /// <summary>Back to power-on.</summary>
    public void Reset() => _control = 0;

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        value = 0xFFFF_FF00 | _control;
        return port == PlatformSpec.ResetControlPort ? EmulationResult.Done : EmulationResult.NotMine;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        if (port != PlatformSpec.ResetControlPort)
        {
            if (size != 1 || value != PulseResetLine)
                return EmulationResult.NotMine;

            power.Request(VmEventKind.SystemReset);
            return EmulationResult.Held;
        }

        var rises = (value & ~_control & DoReset) != 0;
        _control = (byte)(value & Writable);
        if (!rises)
            return EmulationResult.Done;

        power.Request((value & FullReset) != 0 ? VmEventKind.FullReset : VmEventKind.SystemReset);
        return EmulationResult.Held;
    }
}
