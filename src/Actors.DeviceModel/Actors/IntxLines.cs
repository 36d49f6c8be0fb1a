using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>Interrupt lines that functions share: a line is asserted while one of them asserts it. Levels mean asserted or not; the polarity is nobody's but the vIOAPIC's.</summary>
internal sealed class IntxLines
{
    private byte[]? _asserting;
    private ulong[]? _sequences;

    /// <summary>A function's pin changed. True when the line did, with the place of that change among the line's in this epoch.</summary>
    public bool TryChange(int gsi, bool isAsserted, out ulong sequence)
    {
        _asserting ??= new byte[PlatformSpec.IoApicPins];
        _sequences ??= new ulong[PlatformSpec.IoApicPins];
        sequence = 0;
        ref var count = ref _asserting[gsi];
        if (isAsserted ? count++ != 0 : --count != 0)
            return false;
        sequence = ++_sequences[gsi];
        return true;
    }

    /// <summary>A new epoch: all lines are idle.</summary>
    public void Clear()
    {
        _asserting = null;
        _sequences = null;
    }

    /// <summary>Names a line as the source of its changes, apart from any function's messages.</summary>
    public static ulong SourceOf(int gsi) => (1UL << 32) | (uint)gsi;
}
