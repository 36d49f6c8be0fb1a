using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>What a guest can make the process hold. It measures the process's memory, so it runs beside no other test.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MailboxMemoryTests
{
    private const string Name = "Memory of this process";

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_million_kicks_without_waiting_fill_no_mailbox(bool ioeventfd, bool asyncio)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        var most = 0L;
        var before = GC.GetTotalMemory(forceFullCollection: true);

        await node.AttackAsync(
            async cpu =>
            {
                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                var doorbell = platform.Consoles[0].Ports[0].TransmitQueue.Doorbell;
                for (var i = 1; i <= 1_000_000; i++)
                {
                    await doorbell.Ring(cpu);
                    if (i % 100_000 == 0)
                        most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true));
                }

                await recovery.Echo(platform.Consoles[0].Ports[0]);
                await platform.PowerOff();
            },
            ioeventfd: ioeventfd,
            asyncio: asyncio);

        recovery.AssertProofs(2);

        // A mailbox with a million messages would hold some 100 MiB.
        Assert.InRange(most - before, long.MinValue, 64L << 20);
    }
}
