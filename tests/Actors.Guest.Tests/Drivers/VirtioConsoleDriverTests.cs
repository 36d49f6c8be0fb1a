using System.Text;
using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class VirtioConsoleDriverTests
{
    public static TheoryData<VirtioTransportKind, bool, bool, bool> Machines()
    {
        var data = new TheoryData<VirtioTransportKind, bool, bool, bool>();
        foreach (var kind in Enum.GetValues<VirtioTransportKind>())
        {
            foreach (var msix in new[] { true, false })
            {
                data.Add(kind, msix, true, false);
                data.Add(kind, msix, false, true);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Machines))]
    public void Bytes_go_both_ways_on_every_transport(VirtioTransportKind kind, bool msix, bool ecam, bool preferLegacy)
    {
        var received = "";
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("data"))!;
                await port.Open();
                var buffer = new byte[100];
                for (int count; (count = await port.Read(buffer)) != 0;)
                    received += Encoding.UTF8.GetString(buffer, 0, count);
                await port.Write(Encoding.UTF8.GetBytes(new string('x', 5000)));
                await port.Flush();
            },
            kind,
            [new("con", isConsole: true), new("data") { CloseAtEnd = true }],
            new DriverOptions { UseMsix = msix, UseEcam = ecam, PreferLegacy = preferLegacy });
        console.Ports[1].Type(new string('y', 7000));
        machine.WhenIdle = () => Reopen(console, 1);

        Assert.True(machine.Run());
        Assert.Equal(new string('y', 7000), received);
        Assert.Equal(new string('x', 5000), console.Ports[1].Text);
        Assert.Equal(msix, console.MsixOn);
        var modern = kind == VirtioTransportKind.Modern || (kind == VirtioTransportKind.Transitional && !preferLegacy);
        Assert.Equal(
            modern ? new byte[] { 0, 1, 3, 11, 15 } : [0, 1, 3, 7],
            console.StatusWrites);
        Assert.Equal(modern, (console.DriverFeatures & VirtioSpec.FeatureVersion1) != 0);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void What_an_earlier_driver_left_in_msix_control_changes_nothing(bool useMsix, bool preferLegacy)
    {
        const int MsixControl = 0x42;
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("con"))!;
                await port.Write("still here"u8.ToArray());
                await port.Flush();
            },
            options: new DriverOptions { UseMsix = useMsix, PreferLegacy = preferLegacy });
        console.Set16(MsixControl, (ushort)(console.ReadConfig(MsixControl, 2) | PciSpec.MsixEnable | PciSpec.MsixFunctionMask));

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal("still here", console.Ports[0].Text);
        Assert.Equal(useMsix ? PciSpec.MsixEnable : 0, (int)console.ReadConfig(MsixControl, 2) & (PciSpec.MsixEnable | PciSpec.MsixFunctionMask));
    }

    [Fact]
    public void The_handshake_is_linux_s()
    {
        var (machine, console) = Make(async platform => await platform.FindPort("nobody"), ports: [new("con", isConsole: true), new("data")]);

        Assert.True(machine.Run());
        Assert.Equal(
            ["DEVICE_READY 1", "PORT_READY 0 1", "PORT_READY 1 1", "PORT_OPEN 0 1"],
            console.ControlFromGuest.Where(text => text != "PORT_OPEN 0 0").Take(4));
        Assert.DoesNotContain("PORT_OPEN 1 1", console.ControlFromGuest);
        Assert.True(console.Ports[0].GuestOpen);
    }

    [Fact]
    public void Opening_and_closing_a_data_port_is_announced()
    {
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("data"))!;
                await port.Open();
                await port.Close();
            },
            ports: [new("data")]);

        Assert.True(machine.Run());
        Assert.Equal(["PORT_OPEN 0 1", "PORT_OPEN 0 0"], console.ControlFromGuest.TakeLast(2));
    }

    [Fact]
    public void Writing_to_a_data_port_waits_until_the_host_connects()
    {
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("data"))!;
                await port.Write("late"u8.ToArray());
                await port.Flush();
            },
            ports: [new("data", hostOpen: false)]);
        var lookedAt = "";
        machine.WhenIdle = () =>
        {
            lookedAt += console.Ports[0].Text;
            return Reopen(console, 0);
        };

        Assert.True(machine.Run());
        Assert.Equal("", lookedAt);
        Assert.Equal("late", console.Ports[0].Text);
    }

    [Fact]
    public void A_hangup_is_seen_once_for_each_time_the_host_closes()
    {
        List<string> sessions = [];
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("data"))!;
                var buffer = new byte[10];
                for (var session = 0; session < 2; session++)
                {
                    var text = "";
                    for (int count; (count = await port.Read(buffer)) != 0;)
                        text += Encoding.UTF8.GetString(buffer, 0, count);
                    sessions.Add(text);
                }
            },
            ports: [new("data") { CloseAtEnd = true }]);
        console.Ports[0].Type("the first client");
        machine.WhenIdle = () =>
        {
            console.Ports[0].Type("the second");
            return Reopen(console, 0);
        };

        Assert.True(machine.Run());
        Assert.Equal(["the first client", "the second"], sessions);
    }

    [Fact]
    public void A_console_without_control_queues_is_one_port_that_is_always_there()
    {
        GuestConsolePort? found = null;
        var (machine, console) = Make(
            async platform =>
            {
                found = await platform.FindPort("0");
                await found!.Write("hi"u8.ToArray());
                await found.Flush();
            },
            ports: [new("ignored")],
            features: 0);

        Assert.True(machine.Run());
        Assert.True(found!.IsConsole);
        Assert.Equal("hi", console.Ports[0].Text);
    }

    [Fact]
    public void A_device_that_refuses_the_features_is_told_that_the_driver_failed()
    {
        IReadOnlyList<string> problems = [];
        var (machine, console) = Make(
            platform =>
            {
                problems = platform.Problems;
                return default;
            },
            VirtioTransportKind.Modern);
        console.RefuseFeatures = true;

        Assert.True(machine.Run());
        Assert.Equal(["0.3.0: the device refuses the features"], problems);
        Assert.Equal(VirtioSpec.StatusFailed, (byte)(console.Status & VirtioSpec.StatusFailed));
        Assert.DoesNotContain(console.StatusWrites, status => (status & VirtioSpec.StatusDriverOk) != 0);
    }

    [Fact]
    public void A_device_that_refuses_vectors_is_driven_by_its_line()
    {
        var (machine, console) = Make(Greet);
        console.RefuseVectors = true;

        Assert.True(machine.Run());
        Assert.Equal("hello", console.Ports[0].Text);
        Assert.False(console.MsixOn);
    }

    [Fact]
    public void A_device_without_msix_and_without_a_line_is_not_driven()
    {
        IReadOnlyList<string> problems = [];
        var (machine, console) = Make(
            platform =>
            {
                problems = platform.Problems;
                return default;
            },
            msix: false);
        console.Config[PciSpec.InterruptPin] = 0;

        Assert.True(machine.Run());
        Assert.Equal(["0.3.0: the device has no usable interrupt"], problems);
    }

    [Fact]
    public void Two_devices_may_share_a_line()
    {
        var machine = new ModelMachine(new PlatformGuest(
            async platform =>
            {
                foreach (var name in new[] { "a", "b", "a", "b" })
                {
                    var port = (await platform.FindPort(name))!;
                    await port.Write(Encoding.UTF8.GetBytes(name));
                    await port.Flush();
                }
            },
            new DriverOptions { UseMsix = false }));
        var first = new ModelConsole(machine, new(0, 3, 0), VirtioTransportKind.Modern, [new("a")], gsi: 20);
        var second = new ModelConsole(machine, new(0, 4, 0), VirtioTransportKind.Legacy, [new("b")], gsi: 20);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(("aa", "bb"), (first.Ports[0].Text, second.Ports[0].Text));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Long_writes_become_chains(bool indirect, bool eventIndex)
    {
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(i => (char)('a' + (i % 26))));
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindConsole())!;
                await port.Write(Encoding.UTF8.GetBytes(text));
                await port.Flush();
            },
            options: new DriverOptions { IndirectDescriptors = indirect, EventIndex = eventIndex, TransmitBuffers = 8, TransmitBufferSize = 512 });

        Assert.True(machine.Run());
        Assert.Equal(text, console.Ports[0].Text);
        Assert.Equal(8, console.Queue(VirtioConsoleSpec.Port0Transmit).LongestChain);
        Assert.Equal(indirect, console.Queue(VirtioConsoleSpec.Port0Transmit).IndirectChains > 0);
    }

    [Fact]
    public void More_than_65536_messages_pass_a_port()
    {
        var total = 0;
        var (machine, console) = Make(
            async platform =>
            {
                var port = (await platform.FindPort("data"))!;
                var buffer = new byte[4];
                for (int count; (count = await port.Read(buffer)) != 0;)
                    total += count;
            },
            ports: [new("data") { CloseAtEnd = true }],
            options: new DriverOptions { ReceiveBufferSize = 1 });
        console.Ports[0].Type(new byte[66_000]);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(66_000, total);
    }

    [Fact]
    public void Resizes_are_learnt_from_messages_and_from_configuration()
    {
        (int, int) first = default, second = default;
        var (machine, console) = Make(
            async platform =>
            {
                var driver = platform.Consoles[0];
                await driver.Settle();
                while (driver.Ports[1].Columns == 0)
                    await driver.WaitForEvent();
                second = (driver.Ports[1].Columns, driver.Ports[1].Rows);
                while (driver.Ports[0].Columns == 0)
                    await driver.WaitForEvent();
                first = (driver.Ports[0].Columns, driver.Ports[0].Rows);
            },
            ports: [new("a", isConsole: true), new("b", isConsole: true)]);
        var idle = 0;
        machine.WhenIdle = () =>
        {
            if (idle++ == 0)
                console.Send(1, VirtioConsoleSpec.Resize, 0, [100, 0, 40, 0]);
            else
                console.Resize(132, 43);
            return idle < 5;
        };

        Assert.True(machine.Run());
        Assert.Equal(((132, 43), (100, 40)), (first, second));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(63u)]
    [InlineData(5000u)]
    public void A_device_that_uses_chains_that_it_never_got_ends_only_its_port(uint id)
    {
        var alive = true;
        var (machine, console) = Make(async platform =>
        {
            var port = (await platform.FindConsole())!;
            await port.Write("hello"u8.ToArray());
            alive = await port.Flush();
        });
        console.HostileTransmit = (queue, _) => queue.Push(id, 0);

        Assert.True(machine.Run(), machine.Fault);
        Assert.False(alive);
    }

    [Fact]
    public void A_receive_length_beyond_the_buffer_gives_no_more_than_the_buffer()
    {
        var read = -1;
        var (machine, console) = Make(
            async platform => read = await (await platform.FindConsole())!.Read(new byte[100_000]),
            options: new DriverOptions { ReceiveBufferSize = 64 });
        console.HostileReceive = (queue, head) => queue.Push(head, 70_000);
        console.Ports[0].Type("x");

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(64, read);
    }

    [Fact]
    public void Control_messages_that_make_no_sense_are_counted_and_survived()
    {
        long faults = 0;
        var (machine, console) = Make(async platform =>
        {
            var driver = platform.Consoles[0];
            await driver.Settle();
            while (driver.Ports[0].Columns == 0)
                await driver.WaitForEvent();
            faults = driver.Faults;
        });
        machine.WhenIdle = () =>
        {
            console.Send(77, VirtioConsoleSpec.PortOpen, 1);
            console.Send(77, VirtioConsoleSpec.DeviceAdd, 1);
            console.Send(0, 0x1234, 1);
            console.Send(0, VirtioConsoleSpec.Resize, 1, [1]);
            console.Send(0, VirtioConsoleSpec.Resize, 0, [80, 0, 25, 0]);
            return true;
        };

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(4, faults);
        Assert.Contains("PORT_READY 77 0", console.ControlFromGuest);
    }

    [Fact]
    public void A_removed_port_ends_what_waits_for_it()
    {
        var read = -1;
        var (machine, console) = Make(async platform => read = await (await platform.FindPort("data"))!.Read(new byte[10]), ports: [new("data")]);
        var removed = false;
        machine.WhenIdle = () =>
        {
            if (!removed)
                console.Send(0, VirtioConsoleSpec.DeviceRemove, 0);
            return removed = !removed;
        };

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(0, read);
    }

    [Fact]
    public void A_device_that_needs_a_reset_ends_what_waits_for_it()
    {
        var read = -1;
        var (machine, console) = Make(async platform => read = await (await platform.FindConsole())!.Read(new byte[10]));
        var broken = false;
        machine.WhenIdle = () =>
        {
            if (!broken)
                console.NeedReset();
            return broken = !broken;
        };

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(0, read);
    }

    [Fact]
    public void Emergency_writes_need_no_queue()
    {
        var (machine, console) = Make(async platform => await platform.Consoles[0].EmergencyWrite("help!"));

        Assert.True(machine.Run());
        Assert.Equal("help!", console.Emergency.ToString());
    }

    [Fact]
    public void Sixteen_ports_come_up_with_few_control_buffers()
    {
        var names = new List<string>();
        var (machine, _) = Make(
            async platform =>
            {
                await platform.Consoles[0].Settle();
                names.AddRange(platform.Consoles[0].Ports.Select(port => port.Name));
            },
            ports: [.. Enumerable.Range(0, 16).Select(i => new ModelPort($"port{i}"))],
            options: new DriverOptions { ControlBuffers = 1 });

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(Enumerable.Range(0, 16).Select(i => $"port{i}"), names);
    }

    private static async GuestTask Greet(GuestPlatform platform)
    {
        var port = (await platform.FindConsole())!;
        await port.Write("hello"u8.ToArray());
        await port.Flush();
    }

    private static bool Reopen(ModelConsole console, int port)
    {
        if (console.Ports[port].HostOpen)
            return false;
        console.Ports[port].HostOpen = true;
        console.Ports[port].CloseAtEnd = console.Ports[port].Input.Count != 0;
        console.Send((uint)port, VirtioConsoleSpec.PortOpen, 1);
        return true;
    }

    private static (ModelMachine Machine, ModelConsole Console) Make(
        Func<GuestPlatform, GuestTask> script,
        VirtioTransportKind kind = VirtioTransportKind.Transitional,
        ModelPort[]? ports = null,
        DriverOptions? options = null,
        ulong? features = null,
        bool msix = true)
    {
        var machine = new ModelMachine(new PlatformGuest(script, options ?? new DriverOptions()));
        return (machine, new(machine, new(0, 3, 0), kind, ports ?? [new("con", isConsole: true)], msix, features: features));
    }
}
