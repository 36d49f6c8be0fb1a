namespace Actors.DeviceModel.Tests;

/// <summary>What a guest sent through a port, and what must come out of it.</summary>
internal sealed class SentStream
{
    private readonly List<byte> _bytes = [];

    public int Count => _bytes.Count;

    public IReadOnlyList<byte> Bytes => _bytes;

    /// <summary>A chain of random bytes in one to three parts.</summary>
    public void SendChain(DriverRing ring, Random random)
    {
        var parts = new List<Part>();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            _bytes.AddRange(bytes);
            parts.Add(ring.Out(bytes));
        }

        ring.Send([.. parts]);
    }

    /// <summary>A chain through port 0, with a kick.</summary>
    public void Send(CrashRig rig, Random random)
    {
        SendChain(rig.Rings[1], random);
        rig.Kick(1);
    }

    /// <summary>The bytes without the runs on a drop log, which lists all of them once.</summary>
    public byte[] Without(PortDropLog drops)
    {
        Assert.Equal(0, drops.Unlisted);
        var dropped = new bool[_bytes.Count];
        foreach (var run in drops.Runs)
        {
            for (var i = run.Offset; i < run.Offset + run.Length; i++)
            {
                Assert.False(dropped[i]);
                dropped[i] = true;
            }
        }

        return [.. _bytes.Where((_, i) => !dropped[i])];
    }
}
