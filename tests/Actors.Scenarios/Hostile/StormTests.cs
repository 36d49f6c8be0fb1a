using System.Globalization;
using System.Text;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Guests that do one thing very often (rows 17, 25, 26, 75, 76, 78), on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class StormTests
{
    private const int Many = 100_000;
    private const ulong Buffer = 0x8_0000;
    private const uint BufferBytes = 64;

    /// <summary>Vector control of entry 1, which queues share.</summary>
    private const ulong EntryMask = PlatformSpec.PciHole32Start + PciSpec.MsixEntrySize + 12;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Row17_Resets_with_requests_in_flight_leave_nothing(bool ioeventfd, bool asyncio)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(
            async cpu =>
            {
                for (var round = 0; round < 200; round++)
                {
                    await Recovery.PutBack(cpu);
                    var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
                    var console = platform.Consoles[0];
                    for (var i = 0; i < 16; i++)
                        console.Ports[0].TransmitQueue.TryAdd(Buffer, BufferBytes, false, i);
                    console.Ports[0].TransmitQueue.Publish();
                    await console.Ports[0].TransmitQueue.Kick(cpu);
                    for (var i = 0; i < Many / 200; i++)
                        await console.Transport!.WriteStatus(0);
                    Recovery.Check((byte)await console.Transport!.ReadStatus() == 0, "the device does not come out of reset");
                }

                var last = await recovery.PutBackAndProve(cpu, new DriverOptions());
                await last.PowerOff();
            },
            ioeventfd: ioeventfd,
            asyncio: asyncio);

        recovery.AssertProofs(1);
    }

    [Fact]
    public async Task Rows75_76_Flapping_control_messages_are_all_taken_and_the_port_still_works()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            await Recovery.PutBack(cpu);
            var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
            var port = (await platform.FindConsole())!;
            Recovery.Check(port.Driver.IsMultiport, "there are no control queues");
            for (var i = 0; i < Many / 2; i++)
            {
                // Each waits for room on the control queue, so all were taken at the end.
                await port.Close();
                await port.Open();
            }

            await recovery.Echo(port);
            await platform.PowerOff();
        });

        recovery.AssertProofs(1);
    }

    [Fact]
    public async Task Row76_Saying_ready_and_not_ready_again_and_again_leaves_a_device_that_works()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            await new ControlStorm(cpu).Run(Many);
            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            await platform.PowerOff();
        });

        recovery.AssertProofs(1);
    }

    [Fact]
    public async Task Row78_A_flood_of_emergency_writes_ends_and_every_byte_is_out_or_counted()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        var sent = 0;

        var end = await node.RunAsync(async cpu =>
        {
            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            for (; sent < Many; sent++)
                await platform.Consoles[0].Transport!.WriteConfig(VirtioConsoleSpec.ConfigEmergencyWrite, 4, 'e');
            await recovery.Echo((await platform.FindConsole())!);
            await platform.PowerOff();
        });

        HostileNode.AssertPoweredOff(end);
        recovery.AssertProofs(2);
        var report = Assert.Single(end.Ports);
        Assert.Equal(report.FromGuest, report.Written + report.Dropped);
        Assert.Equal(Many, node.Output.Count(character => character == 'e') - ProofsOf(node, 'e') + report.Dropped);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row25_Masking_in_the_middle_of_traffic_loses_no_interrupt(bool useMsix)
    {
        using var node = new HostileNode();
        const int Lines = 2_000;

        await node.AttackAsync(async cpu =>
        {
            await Recovery.PutBack(cpu);
            var platform = await GuestPlatform.Boot(cpu, new DriverOptions { UseMsix = useMsix, EventIndex = false });
            var port = (await platform.FindConsole())!;
            await port.Driver.Settle();
            await platform.Interrupts.Poll();
            port.TransmitQueue.EnableInterrupts();
            for (var line = 0; line < Lines; line++)
            {
                await Mask(cpu, platform, line, on: true);
                await SendWhileMasked(cpu, port, Line(line));
                await Mask(cpu, platform, line, on: false);

                // The interrupt that was raised meanwhile is all that wakes the guest.
                await platform.Interrupts.Wait();
                while (port.TransmitQueue.InFlight != 0)
                {
                    if (!port.TransmitQueue.TryTakeUsed(out _, out _))
                        await platform.Interrupts.Wait();
                }
            }

            await platform.PowerOff();
        });

        Assert.Equal(string.Concat(Enumerable.Range(0, Lines).Select(Line)), node.Output);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Row26_A_BAR_that_moves_over_everything_while_its_doorbell_is_registered_comes_back(bool ioeventfd, bool asyncio)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        ulong[] places =
        [
            0, 0x10_0000, HostileNode.MemoryBytes - 0x2000, PlatformSpec.PciHole32Start, PlatformSpec.LocalApicBase, PlatformSpec.IoApicBase & ~0x3FFFUL,
            PlatformSpec.EcamBase, PlatformSpec.PciHole64Start + 0x4000, ~0x3FFFUL, 1UL << 52,
        ];

        await node.AttackAsync(
            async cpu =>
            {
                for (var round = 0; round < 20; round++)
                {
                    var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                    var console = platform.Consoles[0];
                    var bell = console.Ports[0].TransmitQueue.Doorbell;
                    for (var i = 0; i < 10_000 / 20; i++)
                    {
                        var place = places[i % places.Length];
                        await console.Device.Relocate(VirtioPciSpec.ModernBar, place);
                        await bell.Ring(cpu);
                        await cpu.Store(place + VirtioPciSpec.NotifyOffset + (bell.Queue * (ulong)VirtioPciSpec.NotifyMultiplier), 2, bell.Queue);
                        await console.Device.ChangeCommand(0, PciSpec.CommandMemory);
                        await bell.Ring(cpu);
                        await console.Device.ChangeCommand(PciSpec.CommandMemory, 0);
                    }

                    await console.Device.Relocate(VirtioPciSpec.ModernBar, PlatformSpec.PciHole64Start);
                    await recovery.Echo(console.Ports[0]);
                }

                await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
            },
            ioeventfd: ioeventfd,
            asyncio: asyncio);

        recovery.AssertProofs(40);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Row26_Two_consoles_that_change_places_each_hear_their_own_kicks(bool ioeventfd, bool asyncio)
    {
        using var node = new HostileNode();
        const int Rounds = 1_000;

        var end = await node.RunWithTwoConsolesAsync(
            async cpu =>
            {
                var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
                var places = new ulong[2];
                for (var i = 0; i < 2; i++)
                {
                    await platform.Consoles[i].Settle();
                    places[i] = (await platform.Consoles[i].Device.ReadBar(VirtioPciSpec.ModernBar)).Address;
                }

                for (var round = 0; round < Rounds; round++)
                {
                    // Some rounds change places several times before anybody kicks.
                    for (var changes = 1 + (round % 4); changes > 0; changes--)
                    {
                        Array.Reverse(places);
                        await ChangePlaces(platform, places);
                    }

                    for (var i = 0; i < 2; i++)
                        await SendAt(cpu, platform.Consoles[i].Ports[0], places[i], Line(round));
                }

                await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
            },
            ioeventfd,
            asyncio);

        HostileNode.AssertPoweredOff(end);
        var expected = string.Concat(Enumerable.Range(0, Rounds).Select(Line));
        Assert.Equal(expected, node.Output);
        Assert.Equal(expected, node.OutputOf(HostileNode.SecondPort));
    }

    /// <summary>Sends, and gives the device time to be done; without bus mastering it can't be.</summary>
    private static async GuestTask SendWhileMasked(GuestCpu cpu, GuestConsolePort port, string line)
    {
        cpu.Memory.TryWrite(Buffer, Encoding.Latin1.GetBytes(line));
        Recovery.Check(port.TransmitQueue.TryAdd(Buffer, (uint)line.Length, false, 0), "the queue is full");
        port.TransmitQueue.Publish();
        await port.TransmitQueue.Kick(cpu);
        for (var i = 0; i < 50 && !port.TransmitQueue.HasUsed; i++)
            await port.Driver.Device.Read(PciSpec.VendorId, 4);
    }

    private static async GuestTask ChangePlaces(GuestPlatform platform, ulong[] places)
    {
        foreach (var console in platform.Consoles)
            await console.Device.ChangeCommand(0, PciSpec.CommandMemory);
        for (var i = 0; i < places.Length; i++)
            await platform.Consoles[i].Device.Relocate(VirtioPciSpec.ModernBar, places[i]);
        foreach (var console in platform.Consoles)
            await console.Device.ChangeCommand(PciSpec.CommandMemory, 0);
    }

    /// <summary>Sends a line on a port whose doorbell is wherever its device's BAR is by now.</summary>
    private static async GuestTask SendAt(GuestCpu cpu, GuestConsolePort port, ulong bar, string line)
    {
        var queue = port.TransmitQueue;
        cpu.Memory.TryWrite(Buffer, Encoding.Latin1.GetBytes(line));
        Recovery.Check(queue.TryAdd(Buffer, (uint)line.Length, false, 0), "the queue is full");
        queue.Publish();
        await cpu.Store(bar + VirtioPciSpec.NotifyOffset + (queue.Doorbell.Queue * (ulong)VirtioPciSpec.NotifyMultiplier), 2, queue.Doorbell.Queue);
        Recovery.Check(await port.Flush(), "the port is gone");
    }

    private static string Line(int line) => string.Create(CultureInfo.InvariantCulture, $"line {line}\n");

    private static int ProofsOf(HostileNode node, char character) =>
        node.Output.Split('\n').Where(line => line.Contains("proof", StringComparison.Ordinal)).Sum(line => line[line.IndexOf('<', StringComparison.Ordinal)..].Count(one => one == character));

    /// <summary>Masks in the ways that there are, one after the other: an entry, the function, the whole of MSI-X; a line by its command bit.</summary>
    private static async GuestTask Mask(GuestCpu cpu, GuestPlatform platform, int line, bool on)
    {
        var device = platform.Consoles[0].Device;
        if (platform.Consoles[0].Transport!.Msix is not { } msix)
        {
            await device.ChangeCommand(on ? PciSpec.CommandIntxDisable : (ushort)0, on ? (ushort)0 : PciSpec.CommandIntxDisable);
            return;
        }

        switch (line % 3)
        {
            case 0:
                await msix.MaskFunction(on);
                break;
            case 1:
                await cpu.Store(EntryMask, 4, on ? PciSpec.MsixEntryMasked : 0);
                break;
            default:
                await device.ChangeCommand(on ? (ushort)0 : PciSpec.CommandBusMaster, on ? PciSpec.CommandBusMaster : (ushort)0);
                break;
        }
    }

    /// <summary>A control transmit queue of its own, on which DEVICE_READY is said with 1 and 0 in turn, 32 messages a kick.</summary>
    private sealed class ControlStorm(GuestCpu cpu)
    {
        private const int Batch = 32;
        private const ulong Messages = 0x9_0000;

        public async GuestTask Run(int count)
        {
            await Recovery.PutBack(cpu);
            var platform = await GuestPlatform.Boot(cpu, new DriverOptions { MaxPorts = 1 });
            var console = platform.Consoles[0];
            await console.Settle();
            var heap = platform.Heap;
            var transport = console.Transport!;

            Recovery.Check(await transport.Negotiate(VirtioSpec.FeatureVersion1 | VirtioConsoleSpec.FeatureMultiport) is null, "no negotiation");
            var offered = await transport.SelectQueue(VirtioConsoleSpec.ControlTransmit);
            var (layout, doorbell) = await transport.EnableQueue(VirtioConsoleSpec.ControlTransmit, offered, 0, heap);
            var queue = new DriverVirtqueue(cpu.Memory, layout, doorbell, eventIndex: false);
            await transport.DriverOk();
            Prepare();
            for (var sent = 0; sent < count; sent += Batch)
            {
                for (var i = 0; i < Batch; i++)
                    Recovery.Check(queue.TryAdd(Messages + ((ulong)i * VirtioConsoleSpec.ControlSize), VirtioConsoleSpec.ControlSize, false, i), "the queue is full");
                queue.Publish();
                await queue.Kick(cpu);
                while (queue.InFlight != 0)
                {
                    while (queue.TryTakeUsed(out _, out _))
                    {
                    }

                    Recovery.Check(!queue.IsBroken, "the queue broke");
                    if (queue.InFlight != 0)
                        await transport.ReadStatus();
                }
            }
        }

        private void Prepare()
        {
            Span<byte> message = stackalloc byte[VirtioConsoleSpec.ControlSize];
            for (var i = 0; i < Batch; i++)
            {
                message.Fill(0xFF);
                message[4..].Clear();
                message[6] = (byte)(i & 1);
                cpu.Memory.TryWrite(Messages + ((ulong)i * VirtioConsoleSpec.ControlSize), message);
            }
        }
    }
}
