using System.Reflection;
using System.Runtime.CompilerServices;

namespace Actors.Simulation.Tests;

public sealed class NoStaticStateTests
{
    [Fact]
    public void Worlds_share_nothing_that_can_change()
    {
        var changeable =
            from type in typeof(World).Assembly.GetTypes()
            where !type.IsDefined(typeof(CompilerGeneratedAttribute))
            from field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            where !field.IsLiteral && !field.IsDefined(typeof(CompilerGeneratedAttribute)) && !field.IsInitOnly
            select $"{type.Name}.{field.Name}";

        Assert.Empty(changeable);
    }

    [Fact]
    public void Worlds_on_several_threads_at_once_give_the_traces_that_they_give_alone()
    {
        var plan = new Plan { Name = "one console" };
        ulong[] Hashes(int from)
        {
            using var host = new SimHost();
            return [.. Enumerable.Range(from, 100).Select(seed => host.Run(new RunRequest(plan, (ulong)seed)).TraceHash)];
        }

        var alone = Hashes(1);
        var together = new ulong[4][];
        var threads = Enumerable.Range(0, 4).Select(i => new Thread(() => together[i] = Hashes(1))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.All(together, hashes => Assert.Equal(alone, hashes));
    }
}
