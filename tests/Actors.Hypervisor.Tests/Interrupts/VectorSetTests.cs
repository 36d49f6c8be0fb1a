using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class VectorSetTests
{
    [Fact]
    public void It_is_a_set_with_a_highest() => Gen.Select(Gen.Bool, Gen.Int[0, 255]).Array[0, 100].Sample(steps =>
    {
        var set = default(VectorSet);
        var model = new SortedSet<int>();
        foreach (var (add, vector) in steps)
        {
            if (add)
            {
                set.Add(vector);
                model.Add(vector);
            }
            else
            {
                set.Remove(vector);
                model.Remove(vector);
            }

            Assert.Equal(model.Count == 0 ? -1 : model.Max, set.Highest);
        }

        for (var i = 0; i < 8; i++)
        {
            var register = model.Where(v => v / 32 == i).Aggregate(0u, (bits, v) => bits | (1u << (v % 32)));
            Assert.Equal(register, set.Register(i));
        }

        Assert.Equal(model, Enumerable.Range(0, 256).Where(v => set.Contains(v)));
    });
}
