using System.Globalization;
using System.Text;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>How machines end and begin again, on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class MachineEndTests
{
    private const int Boots = 200;

    [Theory]
    [InlineData(1, true, false, VirtioTransportKind.Transitional)]
    [InlineData(1, true, true, VirtioTransportKind.Transitional)]
    [InlineData(2, false, false, VirtioTransportKind.Modern)]
    [InlineData(4, true, true, VirtioTransportKind.Legacy)]
    public async Task A_machine_that_resets_itself_again_and_again_says_each_thing_once(int vcpus, bool ioeventfd, bool asyncio, VirtioTransportKind transport)
    {
        using var node = new HostileNode();
        var boots = 0;
        var stale = 0;

        await node.AttackAsync(
            async cpu =>
            {
                if (cpu.Index != 0)
                {
                    // A processor that is busy when the machine is reset.
                    while (true)
                        await cpu.In(PlatformSpec.RtcPort + 1, 1);
                }

                var boot = boots++;
                stale += IsClean(cpu) ? 0 : 1;
                var platform = await GuestPlatform.Boot(cpu, new DriverOptions { UseMsix = boot % 2 == 0 });
                Recovery.Check(platform.Problems.Count == 0, string.Join("; ", platform.Problems));
                for (var other = 1; other < cpu.VcpuCount; other++)
                {
                    await platform.Apic.SendInit((byte)other);
                    await platform.Apic.SendStartup((byte)other, 8);
                }

                var port = (await platform.FindConsole())!;
                await port.Write(Encoding.Latin1.GetBytes(Line(boot)));
                await port.Flush();
                if (boot == Boots)
                {
                    await platform.PowerOff();
                    return;
                }

                // Still on its way when the reset comes.
                await port.Write(Encoding.Latin1.GetBytes(Tail(boot)));
                await Reset(cpu, boot);
                await platform.Halt();
            },
            vcpus,
            transport,
            ioeventfd,
            asyncio);

        Assert.Equal(Boots + 1, boots);
        Assert.Equal(0, stale);
        AssertEachOnce(node.Output);
    }

    [Fact]
    public async Task A_program_that_throws_ends_in_a_triple_fault_with_one_clear_line()
    {
        using var node = new HostileNode();

        var end = await node.RunAsync(async cpu =>
        {
            await GuestPlatform.Boot(cpu, new DriverOptions());
            throw new InvalidOperationException("out of\nideas " + new string('x', 10_000));
        });

        Assert.Equal(VmEnd.TripleFault, end.End);
        Assert.StartsWith("InvalidOperationException: out of ideas x", end.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', end.Detail!);
        Assert.InRange(end.Detail!.Length, 1, 500);
    }

    [Fact]
    public async Task A_processor_that_throws_while_others_talk_ends_the_machine()
    {
        using var node = new HostileNode();

        var end = await node.RunAsync(
            async cpu =>
            {
                if (cpu.Index == 3)
                    throw new InvalidOperationException("the third processor gave up");
                var apic = new LocalApic(cpu);
                for (byte other = 1; cpu.Index == 0 && other < cpu.VcpuCount; other++)
                {
                    await apic.SendInit(other);
                    await apic.SendStartup(other, 8);
                }

                while (true)
                    await cpu.In(0x2000, 1);
            },
            vcpus: 4);

        Assert.Equal(VmEnd.TripleFault, end.End);
        Assert.Contains("the third processor gave up", end.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_general_protection_that_nobody_catches_ends_in_a_triple_fault()
    {
        using var node = new HostileNode();

        var end = await node.RunAsync(async cpu => await cpu.Load(PlatformSpec.IoApicBase, 8));

        Assert.Equal(VmEnd.TripleFault, end.End);
        Assert.Contains("#GP", end.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_machine_that_powers_off_while_its_backend_takes_nothing_ends_and_counts_what_it_lost(bool resetsBefore)
    {
        using var node = new HostileNode();
        var boots = 0;

        var end = await node.RunAsync(async cpu =>
        {
            var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
            var port = (await platform.FindConsole())!;
            if (boots == 0)
                node.Backend.HoldWrites(MemoryOutcome.WouldBlock);
            await port.Write(new byte[100]);
            if (resetsBefore && boots++ < 100)
                await Reset(cpu, boots);
            await platform.PowerOff();
        });

        HostileNode.AssertPoweredOff(end);
        var report = Assert.Single(end.Ports);
        Assert.Equal(0, report.Written);
        Assert.Equal(report.FromGuest, report.Dropped);
        Assert.InRange(report.FromGuest, 0, 101 * 100);
    }

    [Fact]
    public async Task A_device_that_is_reset_while_its_backend_takes_nothing_holds_no_more_than_its_bound()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        var end = await node.RunAsync(async cpu =>
        {
            await recovery.PutBackAndProve(cpu, new DriverOptions());
            node.Backend.HoldWrites(MemoryOutcome.WouldBlock);
            for (var i = 0; i < 500; i++)
            {
                await Recovery.PutBack(cpu);
                var platform = await GuestPlatform.Boot(cpu, new DriverOptions { TransmitBuffers = 16, TransmitBufferSize = 4096 });
                await (await platform.FindConsole())!.Write(new byte[64 * 1024]);
            }

            node.Backend.ReleaseWrites();
            var last = await recovery.PutBackAndProve(cpu, new DriverOptions());
            await last.PowerOff();
        });

        HostileNode.AssertPoweredOff(end);
        recovery.AssertProofs(2);
        var report = Assert.Single(end.Ports);
        Assert.Equal(report.FromGuest, report.Written + report.Dropped);
        Assert.InRange(report.Written, 0, 4 << 20);
    }

    private static bool IsClean(GuestCpu cpu)
    {
        var seen = new byte[64 * 1024];
        for (var address = 0UL; address < 1 << 20; address += (ulong)seen.Length)
        {
            cpu.Memory.TryRead(address, seen);
            if (seen.AsSpan().ContainsAnyExcept((byte)0))
                return false;
        }

        return !cpu.TryTakeInterrupt(out _);
    }

    private static async GuestTask Reset(GuestCpu cpu, int boot)
    {
        switch (boot % 3)
        {
            case 0:
                await cpu.Out(PlatformSpec.ResetControlPort, 1, 0x06);
                break;
            case 1:
                await cpu.Out(PlatformSpec.ResetControlPort, 1, 0x0E);
                break;
            default:
                await cpu.Out(PlatformSpec.KeyboardControllerPort, 1, 0xFE);
                break;
        }
    }

    private static string Line(int boot) => string.Create(CultureInfo.InvariantCulture, $"boot {boot}\n");

    private static string Tail(int boot) => string.Create(CultureInfo.InvariantCulture, $"tail {boot}\n");

    /// <summary>What was flushed is there once and in order; what wasn't, as far as it got out before the reset, and never later.</summary>
    private static void AssertEachOnce(string output)
    {
        var at = 0;
        for (var boot = 0; boot <= Boots; boot++)
        {
            Assert.Equal(Line(boot), output.Substring(at, Math.Min(Line(boot).Length, output.Length - at)));
            at += Line(boot).Length;
            var tail = boot == Boots ? "" : Tail(boot);
            for (var i = 0; i < tail.Length && at < output.Length && output[at] == tail[i]; i++)
                at++;
        }

        Assert.Equal(output.Length, at);
    }
}
