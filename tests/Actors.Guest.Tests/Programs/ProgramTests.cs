using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class ProgramTests
{
    private static readonly DriverOptions Line = new() { UseMsix = false };
    private static readonly DriverOptions Plain = new() { EventIndex = false, IndirectDescriptors = false };

    public static TheoryData<VirtioTransportKind, string, int> CopyMachines()
    {
        var data = new TheoryData<VirtioTransportKind, string, int>();
        foreach (var kind in Enum.GetValues<VirtioTransportKind>())
        {
            foreach (var options in new[] { "default", "line", "plain" })
            {
                data.Add(kind, options, 1);
                data.Add(kind, options, 2);
                data.Add(kind, options, 4);
            }
        }

        return data;
    }

    [Theory]
    [InlineData(VirtioTransportKind.Legacy, "legacy")]
    [InlineData(VirtioTransportKind.Modern, "modern")]
    [InlineData(VirtioTransportKind.Transitional, "modern")]
    public void Hello_greets_on_the_first_console_and_powers_off(VirtioTransportKind kind, string interfaceName)
    {
        var (machine, console) = Make("hello", kind, [new("data"), new("con", isConsole: true)]);

        Assert.True(machine.Run(), machine.Fault);
        Assert.StartsWith("Hello from a guest of Actors!\n", console.Ports[1].Text);
        Assert.Contains($"a {interfaceName} virtio console at 0.3.0, port 'con'", console.Ports[1].Text);
        Assert.Equal("", console.Ports[0].Text);
    }

    [Fact]
    public void Hello_without_a_console_port_takes_the_first()
    {
        var (machine, console) = Make("hello", ports: [new("a"), new("b")]);

        Assert.True(machine.Run(), machine.Fault);
        Assert.StartsWith("Hello", console.Ports[0].Text);
    }

    [Fact]
    public void Hello_without_a_console_powers_off()
    {
        var machine = new ModelMachine(new GuestCatalog().Create(new GuestSpec("hello", [])));

        Assert.True(machine.Run(), machine.Fault);
    }

    [Fact]
    public void Echo_sends_back_what_comes_until_the_host_closes()
    {
        var (machine, console) = Make("echo p", ports: [new("con", isConsole: true), new("p") { CloseAtEnd = true }]);
        var bytes = Bytes(300_000);
        console.Ports[1].Type(bytes);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(bytes, console.Ports[1].Output.ToArray());
    }

    [Fact]
    public void Echo_serves_the_peer_that_comes_after_one_that_left()
    {
        var (machine, console) = Make("echo p", ports: [new("p")]);
        var port = console.Ports[0];
        port.Type("first");
        var left = false;
        machine.WhenIdle = () =>
        {
            if (port.Text == "firstsecond" && !port.CloseAtEnd)
            {
                port.CloseAtEnd = true;
                port.HostOpen = false;
                console.Send(0, VirtioConsoleSpec.PortOpen, 0);
                return true;
            }

            if (port.Text != "first")
                return false;
            if (!left)
            {
                left = true;
                port.HostOpen = false;
                console.Send(0, VirtioConsoleSpec.PortOpen, 0);
                return true;
            }

            if (port.GuestOpen)
                return false;
            port.HostOpen = true;
            console.Send(0, VirtioConsoleSpec.PortOpen, 1);
            port.Type("second");
            return true;
        };

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal("firstsecond", port.Text);
    }

    [Theory]
    [MemberData(nameof(CopyMachines))]
    public void Copy_moves_every_byte_in_order(VirtioTransportKind kind, string options, int vcpus)
    {
        var (machine, console) = Make("copy in out", kind, [new("in") { CloseAtEnd = true }, new("out")], Named(options), vcpus);
        console.ChainsPerPump = 3;
        var bytes = Bytes(3_000_000);
        console.Ports[0].Type(bytes);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(bytes, console.Ports[1].Output.ToArray());
        Assert.Equal(
            Enumerable.Range(1, vcpus - 1).SelectMany(i => new[] { $"init {i}", $"startup {i} 08" }),
            machine.Startups);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Copy_waits_for_the_far_end_to_connect_and_loses_nothing(int vcpus)
    {
        var (machine, console) = Make("copy in out", ports: [new("in") { CloseAtEnd = true }, new("out", hostOpen: false)], vcpus: vcpus);
        var bytes = Bytes(200_000);
        console.Ports[0].Type(bytes);
        var early = -1L;
        machine.WhenIdle = () =>
        {
            if (console.Ports[1].HostOpen)
                return false;
            early = console.Ports[1].Output.Length;
            console.Ports[1].HostOpen = true;
            console.Send(1, VirtioConsoleSpec.PortOpen, 1);
            return true;
        };

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(0, early);
        Assert.Equal(bytes, console.Ports[1].Output.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Copy_goes_from_one_device_to_another(int vcpus)
    {
        var spec = new GuestSpec("copy", ["in", "out"]);
        var machine = new ModelMachine(_ => new GuestCatalog().Create(spec), vcpus);
        var first = new ModelConsole(machine, new(0, 3, 0), VirtioTransportKind.Modern, [new("con", isConsole: true), new("out")]);
        var second = new ModelConsole(machine, new(0, 9, 0), VirtioTransportKind.Legacy, [new("in") { CloseAtEnd = true }]);
        var bytes = Bytes(100_000);
        second.Ports[0].Type(bytes);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(bytes, first.Ports[1].Output.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Copy_of_nothing_ends(int vcpus)
    {
        var (machine, console) = Make("copy in out", ports: [new("in") { CloseAtEnd = true }, new("out")], vcpus: vcpus);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(0, console.Ports[1].Output.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Copy_into_a_device_that_breaks_the_rules_says_so_and_powers_off(int vcpus)
    {
        var (machine, console) = Make("copy in out", ports: [new("out"), new("in")], vcpus: vcpus);
        console.Ports[1].Type("x");
        console.HostileTransmit = (queue, _) => queue.Push(4711, 0);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Contains("broke", console.Emergency.ToString());
    }

    [Theory]
    [InlineData("copy in nowhere", "no port 'nowhere'")]
    [InlineData("copy nowhere in", "no port 'nowhere'")]
    [InlineData("echo x", "no port 'x'")]
    public void A_port_that_does_not_exist_is_said_by_emergency_write(string guest, string message)
    {
        var (machine, console) = Make(guest, ports: [new("con", isConsole: true), new("in")]);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(message + "\r\n", console.Emergency.ToString());
    }

    [Fact]
    public void A_port_that_does_not_exist_is_said_on_the_console_where_nothing_else_can()
    {
        var (machine, console) = Make("echo x", ports: [new("con", isConsole: true)], features: VirtioConsoleSpec.FeatureMultiport);

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal("no port 'x'\r\n", console.Ports[0].Text);
    }

    [Fact]
    public void The_shell_answers_every_command()
    {
        var (machine, console) = Make("shell", ports: [new("con", isConsole: true), new("data", hostOpen: false)]);
        console.Ports[0].Type("help\rregs\rdevices\rports\recho one  two\r\rnonsense\rpoweroff\r");

        Assert.True(machine.Run(), machine.Fault);
        var text = console.Ports[0].Text;
        Assert.StartsWith("Actors guest shell. Type help.\r\nguest> help\r\nhelp", text);
        Assert.Contains("vcpu    0 of 1\r\napic    0\r\nclock   2026-01-31 12:34:56 UTC\r\nmemory  8 MiB\r\n", text);
        Assert.Contains("0.3.0  1af4:1003  class 078000\r\n    bar 0  ports   0x2300  size 0x40\r\n    bar 1  mem32   0x80030000  size 0x1000\r\n", text);
        Assert.Contains("    bar 4  mem64   0x4000030000  size 0x4000\r\n", text);
        Assert.Contains("0.3.0 port 0  con  console  open\r\n0.3.0 port 1  data  closed\r\n", text);
        Assert.Contains("guest> echo one  two\r\none  two\r\nguest> \r\nguest> nonsense\r\nnonsense: unknown command, try help\r\n", text);
        Assert.EndsWith("Powering off.\r\n", text);
    }

    [Fact]
    public void The_shell_resets_the_machine()
    {
        var (machine, console) = Make("shell");
        console.Ports[0].Type("reboot\r");

        Assert.False(machine.Run());
        Assert.True(machine.WasReset);
    }

    [Fact]
    public void The_shell_ends_when_the_host_closes()
    {
        var (machine, console) = Make("shell", ports: [new("con", isConsole: true) { CloseAtEnd = true }]);
        console.Ports[0].Type("echo last words\r");

        Assert.True(machine.Run(), machine.Fault);
        Assert.Contains("last words\r\n", console.Ports[0].Text);
    }

    [Fact]
    public void Idle_boots_in_few_exits_on_few_pages_and_sleeps()
    {
        var (machine, console) = Make("idle", VirtioTransportKind.Modern);

        Assert.False(machine.Run());
        Assert.Null(machine.Fault);
        Assert.True(console.Ports[0].GuestOpen);
        Assert.InRange(machine.Exits, 1, 150);
        Assert.InRange(machine.Memory.TouchedPages, 1, 2);
    }

    [Theory]
    [InlineData(VirtioTransportKind.Legacy)]
    [InlineData(VirtioTransportKind.Modern)]
    [InlineData(VirtioTransportKind.Transitional)]
    public void Hello_boots_in_few_exits(VirtioTransportKind kind)
    {
        var (machine, _) = Make("hello", kind);

        Assert.True(machine.Run(), machine.Fault);
        Assert.InRange(machine.Exits, 1, 200);
    }

    [Fact]
    public void Exits_rings_an_empty_queue_as_often_as_told()
    {
        var (machine, console) = Make("exits 1000");

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(1000, console.Queue(VirtioConsoleSpec.Port0Transmit).Kicks);
        Assert.Equal(0, console.Queue(VirtioConsoleSpec.Port0Transmit).Popped);
    }

    [Theory]
    [InlineData(1_000_000, 65536, 16)]
    [InlineData(100_001, 4096, 25)]
    [InlineData(10, 1, 10)]
    public void Flood_sends_as_many_bytes_in_chains_of_one_size(int bytes, int chain, int chains)
    {
        var (machine, console) = Make($"flood p {bytes} {chain}", ports: [new("p")]);
        console.ChainsPerPump = 5;

        Assert.True(machine.Run(), machine.Fault);
        Assert.Equal(bytes, console.Ports[0].Output.Length);
        Assert.Equal(chains, console.Queue(VirtioConsoleSpec.Port0Transmit).Popped);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Kicks_of_a_copy_are_fewer_than_its_chains(int vcpus)
    {
        var (machine, console) = Make("copy in out", ports: [new("in") { CloseAtEnd = true }, new("out")], vcpus: vcpus, features: 3);
        console.Ports[0].Type(Bytes(20_000_000));

        Assert.True(machine.Run(), machine.Fault);
        var queue = console.Queue(VirtioConsoleSpec.TransmitQueueOf(1));
        Assert.InRange(queue.Kicks, 1, (int)queue.Popped / 2);
    }

    private static DriverOptions Named(string options) => options switch { "line" => Line, "plain" => Plain, _ => new() };

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    private static (ModelMachine Machine, ModelConsole Console) Make(
        string guest,
        VirtioTransportKind kind = VirtioTransportKind.Transitional,
        ModelPort[]? ports = null,
        DriverOptions? options = null,
        int vcpus = 1,
        ulong? features = null)
    {
        var words = guest.Split(' ');
        var spec = new GuestSpec(words[0], [.. words[1..]]);
        var machine = new ModelMachine(_ => new GuestCatalog(options ?? new DriverOptions()).Create(spec), vcpus);
        return (machine, new(machine, new(0, 3, 0), kind, ports ?? [new("con", isConsole: true)], features: features));
    }
}
