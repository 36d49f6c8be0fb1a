using CsCheck;

namespace Actors.DeviceModel.Tests;

public sealed class ByteRingTests
{
    [Fact]
    public void It_is_a_queue_of_bytes() =>
        Gen.Select(Gen.Int[1, 5000], Gen.Select(Gen.Bool, Gen.Int[0, 3000]).List[1, 60]).Sample((capacity, steps) =>
        {
            var ring = new ByteRing(capacity);
            var model = new Queue<byte>();
            byte next = 0;
            foreach (var (isAppend, wanted) in steps)
            {
                if (isAppend)
                {
                    var data = new byte[Math.Min(wanted, capacity - model.Count)];
                    for (var i = 0; i < data.Length; i++)
                        model.Enqueue(data[i] = next++);
                    ring.Append(data);
                }
                else
                {
                    for (var left = Math.Min(wanted, model.Count); left > 0;)
                    {
                        var take = Math.Min(left, ring.Front.Length);
                        for (var i = 0; i < take; i++)
                            Assert.Equal(model.Dequeue(), ring.Front[i]);
                        ring.Skip(take);
                        left -= take;
                    }
                }

                Assert.Equal(model.Count, ring.Count);
                Assert.Equal(model.Count == 0, ring.Front.IsEmpty);
            }
        });

    [Fact]
    public void It_takes_no_more_than_its_capacity()
    {
        var ring = new ByteRing(3);
        ring.Append([1, 2, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => ring.Append([4]));
    }
}
