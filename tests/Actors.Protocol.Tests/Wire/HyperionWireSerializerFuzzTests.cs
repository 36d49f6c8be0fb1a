using System.Runtime.Serialization;

namespace Actors.Protocol.Tests.Wire;

/// <summary>Bytes from a stranger: whatever they are, the result is a whole message of a known type or a SerializationException, for bounded memory.</summary>
public sealed class HyperionWireSerializerFuzzTests(WireSystem wire) : IClassFixture<WireSystem>
{
    private const int Attempts = 20_000;

    /// <summary>An exception with its stack costs some of this; a message of about a kilobyte the rest.</summary>
    private const long MemoryBound = 64 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_messages_are_read_whole_or_refused(int seed)
    {
        var random = new Random(seed);
        var samples = new SampleMessages(wire.Actor);
        var originals = WireTypes.Messages.Select(type => wire.Serializer.ToBinary(samples.Of(type))).ToArray();
        var (read, refused) = (0, 0);

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var bytes = Mutated(originals[random.Next(originals.Length)], random);
            if (Attempt(bytes))
                read++;
            else
                refused++;
        }

        Assert.True(read > Attempts / 100, $"only {read} were read");
        Assert.True(refused > Attempts / 100, $"only {refused} were refused");
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var random = new Random(3);
        var header = wire.Serializer.ToBinary(new MachineHop.StopVm(new VmId(1)))[..4];
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            Assert.False(Attempt(bytes));
            Attempt([.. header, .. bytes]);
        }
    }

    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            // The fingerprint stands in front; a change there ends everything, so leave it alone mostly.
            var at = random.Next(random.Next(20) == 0 ? 0 : 4, bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes[at] = (byte)(random.Next(2) == 0 ? 0xFF : 0xFE); break;
                case 3: bytes.Insert(at, (byte)random.Next(256)); break;
                default: bytes.RemoveRange(at, Math.Min(random.Next(1, 5), bytes.Count - at)); break;
            }

            if (bytes.Count <= 4)
                break;
        }

        return [.. bytes];
    }

    private bool Attempt(byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        object? message = null;
        try
        {
            message = wire.Serializer.FromBinary(bytes, typeof(object));
        }
        catch (SerializationException)
        {
            // Refused: the other good outcome.
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryBound);
        if (message is null)
            return false;

        Assert.Contains(message.GetType(), WireTypes.Messages);
        _ = wire.Serializer.ToBinary(message);
        return true;
    }
}
