using System.Text;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Guests that do anything with their interrupt controllers, on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class InterruptAbuseTests
{
    private const ulong CommandLow = PlatformSpec.LocalApicBase + 0x300;
    private const ulong CommandHigh = PlatformSpec.LocalApicBase + 0x310;
    private const ulong EndOfInterrupt = PlatformSpec.LocalApicBase + 0xB0;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public async Task Interprocessor_commands_of_any_kind_to_anybody_end(int vcpus)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(
            async cpu =>
            {
                if (cpu.Index != 0)
                {
                    await SendAndSleep(cpu);
                    return;
                }

                await new LocalApic(cpu).Enable();
                var random = new Random(vcpus);
                for (var i = 0; i < 20_000; i++)
                {
                    await cpu.Store(CommandHigh, 4, (ulong)random.Next(4) switch { 0 => 0xFF00_0000, 1 => (ulong)random.Next(256) << 24, _ => (ulong)random.Next(vcpus) << 24 });
                    await cpu.Store(CommandLow, 4, (ulong)random.NextInt64(uint.MaxValue));
                    if (random.Next(4) == 0)
                        await cpu.Store(EndOfInterrupt, 4, 0);
                    if (random.Next(16) == 0)
                        await cpu.Store(PlatformSpec.LocalApicBase + (ulong)(random.Next(0x40) << 4), 4, (ulong)random.NextInt64(uint.MaxValue));
                    cpu.TryTakeInterrupt(out _);
                }

                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                await platform.PowerOff();
            },
            vcpus: vcpus);

        recovery.AssertProofs(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Routing_at_random_under_traffic_ends_and_a_new_start_works(bool useMsix)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            var random = new Random(48);
            for (var round = 0; round < 100; round++)
            {
                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions { UseMsix = useMsix });
                var queue = platform.Consoles[0].Ports[0].TransmitQueue;
                for (var i = 0; i < 100; i++)
                {
                    await Misroute(cpu, random, platform.Consoles[0].Transport!.Msix);
                    queue.TryAdd(0x8_0000, 16, false, 0);
                    queue.Publish();
                    queue.EnableInterrupts();
                    await queue.Kick(cpu);
                    queue.TryTakeUsed(out _, out _);
                    cpu.TryTakeInterrupt(out _);
                }
            }

            var last = await recovery.PutBackAndProve(cpu, new DriverOptions { UseMsix = useMsix });
            await last.PowerOff();
        });

        recovery.AssertProofs(101);
    }

    [Fact]
    public async Task A_line_that_nobody_serves_is_sent_once_for_each_end_of_interrupt()
    {
        using var node = new HostileNode();
        var taken = 0;

        await node.AttackAsync(async cpu =>
        {
            await Recovery.PutBack(cpu);
            var platform = await GuestPlatform.Boot(cpu, new DriverOptions { UseMsix = false, EventIndex = false });
            var port = (await platform.FindConsole())!;
            await port.Write(Encoding.Latin1.GetBytes("one line\n"));
            await port.Flush();
            port.TransmitQueue.TryAdd(0x8_0000, 16, false, 0);
            port.TransmitQueue.Publish();
            port.TransmitQueue.EnableInterrupts();
            await port.TransmitQueue.Kick(cpu);

            // The device's interrupt status is never read: its line stays up.
            for (; taken < 10_000; taken++)
            {
                await cpu.WaitForInterrupt();
                Recovery.Check(!cpu.TryTakeInterrupt(out _), "a second interrupt came without an end of the first");
                await cpu.Store(EndOfInterrupt, 4, 0);
            }

            await platform.PowerOff();
        });

        Assert.Equal(10_000, taken);
    }

    [Fact]
    public async Task Ends_of_interrupts_that_never_were_do_nothing()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            for (var i = 0; i < 100_000; i++)
                await cpu.Store(EndOfInterrupt, 4, (ulong)i);
            await recovery.Echo(platform.Consoles[0].Ports[0]);
            await platform.PowerOff();
        });

        recovery.AssertProofs(2);
    }

    /// <summary>Other processors join in for a while, then sleep.</summary>
    private static async GuestTask SendAndSleep(GuestCpu cpu)
    {
        var random = new Random(cpu.Index);
        await new LocalApic(cpu).Enable();
        for (var i = 0; i < 1_000; i++)
        {
            // Others than the boot processor: that one proves something afterwards.
            await cpu.Store(CommandHigh, 4, (ulong)(1 + random.Next(15)) << 24);
            await cpu.Store(CommandLow, 4, (ulong)random.NextInt64(uint.MaxValue) & ~0xC0800UL);
        }

        while (true)
        {
            await cpu.WaitForInterrupt();
            await cpu.Store(EndOfInterrupt, 4, 0);
        }
    }

    private static async GuestTask Misroute(GuestCpu cpu, Random random, Actors.Guest.MsixTable? msix)
    {
        switch (random.Next(4))
        {
            case 0:
                await cpu.Store(PlatformSpec.IoApicBase, 4, (ulong)random.Next(256));
                await cpu.Store(PlatformSpec.IoApicBase + 0x10, 4, (ulong)random.NextInt64(uint.MaxValue));
                break;
            case 1:
                await cpu.Out((ushort)((random.Next(2) == 0 ? PlatformSpec.PicPrimaryPort : PlatformSpec.PicSecondaryPort) + random.Next(2)), 1, (uint)random.Next(256));
                break;
            case 2 when msix is not null:
                var address = random.Next(2) == 0 ? (ulong)random.NextInt64() : PlatformSpec.MsiAddressBase | ((ulong)random.Next(0x10_0000) & ~3UL);
                await msix.Set(random.Next(msix.Count), address, (uint)random.Next());
                break;
            default:
                await cpu.Store(EndOfInterrupt, 4, 0);
                break;
        }
    }
}
