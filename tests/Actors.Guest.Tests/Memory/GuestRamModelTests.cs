using Actors.Protocol;
using CsCheck;

namespace Actors.Guest.Tests;

/// <summary>RAM against a byte array that stands for the bytes around each of its edges.</summary>
public sealed class GuestRamModelTests
{
    private const ulong Page = 4096;
    private const ulong GiB = 1UL << 30;

    /// <summary>2 GiB and two pages: a low region of 2 GiB, a high one of two pages.</summary>
    private const ulong Bytes = (2 * GiB) + (2 * Page);

    private enum Kind
    {
        Read,
        Write,
        Read16,
        Write16,
        Read32,
        Write32,
    }

    private readonly record struct Step(Kind Kind, ulong Address, int Length, uint Value);

    private static readonly ulong[] Edges = [0, Page, (2 * GiB) - Page, 2 * GiB, 4 * GiB, (4 * GiB) + Page, (4 * GiB) + (2 * Page)];

    private static readonly Gen<ulong> Address = Gen.Frequency(
        (8, Gen.Select(Gen.Int[0, Edges.Length - 1], Gen.Int[-40, 40], (edge, delta) => unchecked(Edges[edge] + (ulong)delta))),
        (1, Gen.ULong));

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 5], Address, Gen.OneOf(Gen.Int[0, 80], Gen.Int[4000, 9000]), Gen.UInt, (kind, at, length, value) => new Step((Kind)kind, at, length, value));

    [Fact]
    public void RAM_behaves_as_an_array_of_bytes() => Steps.Array[1, 40].Sample(steps =>
    {
        var ram = new GuestRam(Bytes);
        var model = new Model();
        foreach (var step in steps)
            Check(ram, model, step);
    });

    private static void Check(GuestRam ram, Model model, Step step)
    {
        var length = step.Kind switch { Kind.Read or Kind.Write => step.Length, Kind.Read16 or Kind.Write16 => 2, _ => 4 };
        var isWord = step.Kind is not (Kind.Read or Kind.Write);
        var allowed = Model.Contains(step.Address, length) && (!isWord || step.Address % (ulong)length == 0);
        switch (step.Kind)
        {
            case Kind.Read:
                var buffer = new byte[length];
                Assert.Equal(allowed, ram.TryRead(step.Address, buffer));
                Assert.Equal(allowed ? model.Read(step.Address, length) : new byte[length], buffer);
                break;
            case Kind.Write:
                var source = new byte[length];
                new Random((int)step.Value).NextBytes(source);
                Assert.Equal(allowed, ram.TryWrite(step.Address, source));
                if (allowed)
                    model.Write(step.Address, source);
                break;
            case Kind.Read16:
                Assert.Equal(allowed, ram.TryReadUInt16(step.Address, out var word));
                Assert.Equal(allowed ? BitConverter.ToUInt16(model.Read(step.Address, 2)) : 0, word);
                break;
            case Kind.Write16:
                Assert.Equal(allowed, ram.TryWriteUInt16(step.Address, (ushort)step.Value));
                if (allowed)
                    model.Write(step.Address, BitConverter.GetBytes((ushort)step.Value));
                break;
            case Kind.Read32:
                Assert.Equal(allowed, ram.TryReadUInt32(step.Address, out var doubleWord));
                Assert.Equal(allowed ? BitConverter.ToUInt32(model.Read(step.Address, 4)) : 0, doubleWord);
                break;
            default:
                Assert.Equal(allowed, ram.TryWriteUInt32(step.Address, step.Value));
                if (allowed)
                    model.Write(step.Address, BitConverter.GetBytes(step.Value));
                break;
        }
    }

    private sealed class Model
    {
        private readonly Dictionary<ulong, byte> _bytes = [];

        public static bool Contains(ulong address, int length)
        {
            var end = (UInt128)address + (UInt128)length;
            return (address < 2 * GiB && end <= 2 * GiB) || (address >= 4 * GiB && address < (4 * GiB) + (2 * Page) && end <= (4 * GiB) + (2 * Page));
        }

        public byte[] Read(ulong address, int length)
        {
            var result = new byte[length];
            for (var i = 0; i < length; i++)
                result[i] = _bytes.GetValueOrDefault(address + (ulong)i);
            return result;
        }

        public void Write(ulong address, byte[] source)
        {
            for (var i = 0; i < source.Length; i++)
                _bytes[address + (ulong)i] = source[i];
        }
    }
}
