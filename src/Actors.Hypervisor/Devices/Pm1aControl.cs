using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// ACPI PM1a control, 2 bytes: SLP_EN with SLP_TYP 5 powers off. Other values are stored without SLP_EN, which reads 0; sleep states other than S5 aren't there.
/// Accesses of other sizes are another's.
/// </summary>
internal sealed class Pm1aControl(IPowerSwitch power) : IPortHandler
{
    private const uint SleepEnable = 0x2000;
    private const uint SleepType = 0x1C00;

    private ushort _value;

    /// <inheritdoc/>
    public string Name => "pm1a";

    /// <summary>Back to power-on.</summary>
    public void Reset() => _value = 0;

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        value = _value;
        return Owns(port, size) ? EmulationResult.Done : EmulationResult.NotMine;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        if (!Owns(port, size))
            return EmulationResult.NotMine;

        _value = (ushort)(value & ~SleepEnable);
        if ((value & (SleepEnable | SleepType)) != PlatformSpec.PowerOffValue)
            return EmulationResult.Done;

        power.Request(VmEventKind.PowerOff);
        return EmulationResult.Held;
    }

    private static bool Owns(ushort port, int size) => port == PlatformSpec.Pm1aControlPort && size == 2;
}
