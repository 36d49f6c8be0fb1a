namespace Actors.Simulation;

/// <summary>Input that isn't text (F56).</summary>
internal static class HostileInput
{
    private const int Kinds = 5;

    /// <summary>Makes some. Kinds as in the catalog: 0 any, 1 control bytes, 2 pieces of UTF-8, 3 NUL, 4 0xFF, 5 one long line.</summary>
    public static byte[] Make(int kind, int length, long random)
    {
        var bytes = new byte[length];
        var draw = new FaultDraw((ulong)random, length);
        if (kind == 0)
            kind = 1 + draw.Below(Kinds);
        for (var i = 0; i < length; i++)
        {
            bytes[i] = kind switch
            {
                1 => (byte)draw.Below(0x20),
                2 => (byte)(0x80 | draw.Below(0x80)),
                3 => (byte)0,
                4 => (byte)0xFF,
                _ => (byte)'x',
            };
        }

        return bytes;
    }
}
