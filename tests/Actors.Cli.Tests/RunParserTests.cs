using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class RunParserTests
{
    [Fact]
    public void No_option_is_a_machine_that_greets_on_standard_output()
    {
        var spec = Right(new RunArguments());

        Assert.Equal("hello", spec.Guest.Name);
        Assert.Empty(spec.Guest.Arguments);
        Assert.Equal((1, 256UL << 20, false), (spec.Vcpus, spec.MemoryBytes, spec.CompletionPolling));
        var device = Assert.Single(spec.Devices);
        Assert.Equal((new Bdf(0, 3, 0), VirtioTransportKind.Transitional, true, false), (device.Function, device.Transport, device.Ioeventfd, device.Asyncio));
        Assert.Equal(new ConsolePortSpec("console", true, BackendKind.Stdio), Assert.Single(device.Ports));
    }

    [Fact]
    public void Every_option_reaches_the_machine()
    {
        var spec = Right(new RunArguments
        {
            Slots = ["4,virtio-console,pty:p", "0:5.1,virtio-console,@stdio:c,file:f=out.txt", "5/0,virtio-console,tty:t=tty0"],
            Memory = "1G",
            Vcpus = "16",
            Guest = ["copy", "c", "f"],
            Ioeventfd = "ON",
            Asyncio = "on",
            Transport = "Modern",
            Polling = "on",
            Policies = ["drop", "f:buffer=2K,p:block"],
        });

        Assert.Equal((16, 1UL << 30, true), (spec.Vcpus, spec.MemoryBytes, spec.CompletionPolling));
        Assert.Equal("copy c f", $"{spec.Guest.Name} {string.Join(' ', spec.Guest.Arguments)}");
        Assert.Equal([new Bdf(0, 4, 0), new Bdf(0, 5, 1), new Bdf(0, 5, 0)], spec.Devices.Select(device => device.Function));
        Assert.All(spec.Devices, device => Assert.Equal((VirtioTransportKind.Modern, true, true), (device.Transport, device.Ioeventfd, device.Asyncio)));
        Assert.Equal(PortPolicy.Block, spec.Devices[0].Ports[0].Policy);
        Assert.Equal([PortPolicy.Drop, new PortPolicy(PortPolicyKind.Buffer, 2048)], spec.Devices[1].Ports.Select(port => port.Policy));
        Assert.Equal(PortPolicy.Drop, spec.Devices[2].Ports[0].Policy);
    }

    [Theory]
    [InlineData("stdio:a", "a", false, BackendKind.Stdio, null, SocketRole.Server)]
    [InlineData("@STDIO:a", "a", true, BackendKind.Stdio, null, SocketRole.Server)]
    [InlineData("@pty:pty_port", "pty_port", true, BackendKind.Pty, null, SocketRole.Server)]
    [InlineData("pty:p=/x/console:0", "p", false, BackendKind.Pty, "/x/console:0", SocketRole.Server)]
    [InlineData("tty:t=/x/tty1", "t", false, BackendKind.Tty, "/x/tty1", SocketRole.Server)]
    [InlineData("file:log=vm.log", "log", false, BackendKind.File, "vm.log", SocketRole.Server)]
    [InlineData("file:log=a:b=c.log", "log", false, BackendKind.File, "a:b=c.log", SocketRole.Server)]
    [InlineData("socket:s=vm.sock", "s", false, BackendKind.Socket, "vm.sock", SocketRole.Server)]
    [InlineData("Socket:s=vm.sock:Server", "s", false, BackendKind.Socket, "vm.sock", SocketRole.Server)]
    [InlineData("socket:s=vm.sock:client", "s", false, BackendKind.Socket, "vm.sock", SocketRole.Client)]
    [InlineData("socket:s=a:b:client", "s", false, BackendKind.Socket, "a:b", SocketRole.Client)]
    public void A_port_is_read_as_acrn_dm_reads_it(string text, string name, bool isConsole, BackendKind backend, string? path, SocketRole role) =>
        Assert.Equal(new ConsolePortSpec(name, isConsole, backend, path, role), Right(new RunArguments { Slots = ["3,virtio-console," + text] }).Devices[0].Ports[0]);

    [Theory]
    [InlineData("3", 0, 3, 0)]
    [InlineData("0", 0, 0, 0)]
    [InlineData("31", 0, 31, 0)]
    [InlineData("3:0", 0, 3, 0)]
    [InlineData("0:3:0", 0, 3, 0)]
    [InlineData("0/3/0", 0, 3, 0)]
    [InlineData("0.3:0", 0, 3, 0)]
    public void A_slot_has_three_spellings_and_three_separators(string text, byte bus, byte slot, byte function)
    {
        Assert.True(SlotAddress.Parse(text).TryGet(out var address, out _));
        Assert.Equal(new Bdf(bus, slot, function), address);
    }

    [Fact]
    public void Sixteen_ports_are_fine() => Assert.Equal(16, Right(new RunArguments { Slots = [Ports(16)] }).Devices[0].Ports.Length);

    [Theory]
    [InlineData("128m", 128UL << 20)]
    [InlineData("131072K", 128UL << 20)]
    [InlineData("131076k", (128UL << 20) + 4096)]
    [InlineData("64g", 64UL << 30)]
    public void Memory_has_a_suffix(string text, ulong bytes) => Assert.Equal(bytes, Right(new RunArguments { Memory = text }).MemoryBytes);

    [Theory]
    [InlineData("block", PortPolicyKind.Block, 0)]
    [InlineData("DROP", PortPolicyKind.Drop, 0)]
    [InlineData("buffer", PortPolicyKind.Buffer, 64 * 1024)]
    [InlineData("buffer=100", PortPolicyKind.Buffer, 100)]
    [InlineData("buffer=64K", PortPolicyKind.Buffer, 64 * 1024)]
    [InlineData("console:buffer=64m", PortPolicyKind.Buffer, 64 << 20)]
    public void A_policy_is_for_all_ports_or_for_one(string text, PortPolicyKind kind, int bytes) =>
        Assert.Equal(new PortPolicy(kind, bytes), Right(new RunArguments { Policies = [text] }).Devices[0].Ports[0].Policy);

    [Fact]
    public void Without_a_policy_the_backend_s_default_holds() => Assert.Null(Right(new RunArguments()).Devices[0].Ports[0].Policy);

    [Theory]
    [InlineData("32,virtio-console,@stdio:x", "slot 32 doesn't exist, bus 0 has slots 0 to 31")]
    [InlineData("3:8,virtio-console,@stdio:x", "function 8 of slot 3 doesn't exist, a slot has functions 0 to 7")]
    [InlineData("1:3:0,virtio-console,@stdio:x", "slot '1:3:0' is on bus 1, a machine has only bus 0")]
    [InlineData("x,virtio-console,@stdio:x", "'x' isn't a slot, write it as 3 (slot), 3:0 (slot:function) or 0:3:0 (bus:slot:function)")]
    [InlineData("-1,virtio-console,@stdio:x", "'-1' isn't a slot, write it as 3 (slot), 3:0 (slot:function) or 0:3:0 (bus:slot:function)")]
    [InlineData("99999999999,virtio-console,@stdio:x", "'99999999999' isn't a slot, write it as 3 (slot), 3:0 (slot:function) or 0:3:0 (bus:slot:function)")]
    [InlineData("0:0:3:0,virtio-console,@stdio:x", "'0:0:3:0' has too many parts, write a slot as 3, 3:0 or 0:3:0")]
    [InlineData("", "'' isn't a slot, write it as 3 (slot), 3:0 (slot:function) or 0:3:0 (bus:slot:function)")]
    [InlineData("3", "-s 3 names no device, write -s 3,virtio-console,@stdio:console")]
    [InlineData("3,virtio-consol,@stdio:x", "-s 3,virtio-consol,@stdio:x has no device 'virtio-consol', the devices are virtio-console, did you mean 'virtio-console'?")]
    [InlineData("3,virtio-blk,disk", "-s 3,virtio-blk,disk has no device 'virtio-blk', the devices are virtio-console")]
    [InlineData("3,virtio-console", "-s 3,virtio-console has no port, write -s 3,virtio-console,@stdio:console")]
    [InlineData("3:1,virtio-console,@stdio:x", "slot 3:1 has no function 0 beside it, so no guest would find it")]
    public void A_slot_that_can_t_be_is_one_sentence(string slot, string sentence) => Wrong(new RunArguments { Slots = [slot] }, sentence);

    [Theory]
    [InlineData("@stido:x", "'@stido:x' has no port type 'stido', the types are stdio, tty, pty, file, socket and stream, did you mean 'stdio'?")]
    [InlineData("pyt:x", "'pyt:x' has no port type 'pyt', the types are stdio, tty, pty, file, socket and stream, did you mean 'pty'?")]
    [InlineData("telnet:x", "'telnet:x' has no port type 'telnet', the types are stdio, tty, pty, file, socket and stream")]
    [InlineData("", "-s 3,virtio-console, has an empty port, write a port such as @stdio:console after the comma, or no comma")]
    [InlineData("pty:a,", "-s 3,virtio-console,pty:a, has an empty port, write a port such as @stdio:console after the comma, or no comma")]
    [InlineData("@pty:p=", "'@pty:p=' has an empty path, write @pty:p or @pty:p=PATH")]
    [InlineData("pty:p=x:client", "'pty:p=x:client' has a role, but client is for sockets and this is a pty port")]
    [InlineData("pty:a\nb", "port name 'a\nb' has a control character in it, leave that out")]
    [InlineData("@stdio", "'@stdio' has no port name, write @stdio:NAME")]
    [InlineData("@stdio:", "'@stdio:' has no port name, write @stdio:NAME")]
    [InlineData("file:=x", "'file:=x' has no port name, write file:NAME=PATH")]
    [InlineData("file:log", "'file:log' has no path, write file:log=PATH")]
    [InlineData("tty:t=", "'tty:t=' has no path, write tty:t=PATH")]
    [InlineData("@tty:t", "'@tty:t' has no path, write @tty:t=PATH")]
    [InlineData("socket:s", "'socket:s' has no path, write socket:s=PATH or socket:s=PATH:client")]
    [InlineData("socket:s=", "'socket:s=' has no path, write socket:s=PATH or socket:s=PATH:client")]
    [InlineData("socket:s=:client", "'socket:s=:client' has no path, write socket:s=PATH or socket:s=PATH:client")]
    [InlineData("socket:s:client", "'socket:s:client' has a role but no path, write socket:s=PATH:client")]
    [InlineData("socket:s=p:clint", "'socket:s=p:clint' has no role 'clint', a socket is server or client, did you mean 'client'?")]
    [InlineData("file:log=vm.log:server", "'file:log=vm.log:server' has a role, but server is for sockets and this is a file port")]
    [InlineData("pty:p:client", "'pty:p:client' has a role, but client is for sockets and this is a pty port")]
    [InlineData("@stdio:c=path", "'@stdio:c=path' has a path, but a stdio port has none, write @stdio:c")]
    public void A_port_that_can_t_be_is_one_sentence(string port, string sentence) =>
        Wrong(new RunArguments { Slots = ["3,virtio-console," + port] }, sentence);

    [Fact]
    public void A_seventeenth_port_is_one_too_many() => Wrong(new RunArguments { Slots = [Ports(17)] }, "slot 3 has 17 ports, a console has at most 16");

    [Fact]
    public void A_name_has_at_most_255_bytes()
    {
        Right(new RunArguments { Slots = ["3,virtio-console,pty:" + new string('n', 255)] });
        Wrong(new RunArguments { Slots = ["3,virtio-console,pty:" + new string('n', 256)] }, "a port name has at most 255 bytes, 'nnnnnnnnnnnnnnnn...' is longer");
    }

    [Fact]
    public void What_can_t_stand_together_is_one_sentence()
    {
        Wrong(new RunArguments { Slots = ["3,virtio-console,pty:a", "0:3:0,virtio-console,pty:b"] }, "slot 3 has two devices, give each a slot or function of its own");
        Wrong(new RunArguments { Slots = ["3,virtio-console,pty:a,pty:a"] }, "slot 3 has two ports named 'a', give each a name of its own");
        Wrong(new RunArguments { Slots = ["3,virtio-console,stdio:a", "4,virtio-console,stdio:b"] }, "two ports are stdio, but there is only one standard input and output");
        Wrong(new RunArguments { Ioeventfd = "off", Asyncio = "on" }, "--asyncio on needs --ioeventfd on, since it is a faster way for the same doorbells");
    }

    [Theory]
    [InlineData("1", "-m 1 needs k, m or g after the number, such as 256m")]
    [InlineData("268435456", "-m 268435456 needs k, m or g after the number, such as 256m")]
    [InlineData("127m", "-m 127m is out of range, a machine has 128m to 64g")]
    [InlineData("65g", "-m 65g is out of range, a machine has 128m to 64g")]
    [InlineData("131073k", "-m 131073k isn't a multiple of 4k, the size of a page")]
    [InlineData("lots", "-m is a number with k, m or g, such as 256m, not 'lots'")]
    [InlineData("-1m", "-m is a number with k, m or g, such as 256m, not '-1m'")]
    [InlineData("18446744073709551615g", "-m is a number with k, m or g, such as 256m, not '18446744073709551615g'")]
    [InlineData("", "-m is a number with k, m or g, such as 256m, not ''")]
    public void A_memory_that_can_t_be_is_one_sentence(string memory, string sentence) => Wrong(new RunArguments { Memory = memory }, sentence);

    [Theory]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("-1")]
    [InlineData("two")]
    public void A_number_of_vcpus_that_can_t_be_is_one_sentence(string vcpus) =>
        Wrong(new RunArguments { Vcpus = vcpus }, $"--vcpus is a number from 1 to 16, not '{vcpus}'");

    [Fact]
    public void A_word_that_an_option_doesn_t_have_is_one_sentence()
    {
        Wrong(new RunArguments { Ioeventfd = "yes" }, "--ioeventfd is on or off, not 'yes'");
        Wrong(new RunArguments { Asyncio = "1" }, "--asyncio is on or off, not '1'");
        Wrong(new RunArguments { Polling = "" }, "--polling is on or off, not ''");
        Wrong(new RunArguments { Transport = "old" }, "--transport is legacy, modern or transitional, not 'old'");
        Wrong(new RunArguments { Transport = "1" }, "--transport is legacy, modern or transitional, not '1'");
    }

    [Theory]
    [InlineData("blok", "--policy blok has no policy 'blok', the policies are block, drop and buffer=N, did you mean 'block'?")]
    [InlineData("console:", "--policy console: has no policy '', the policies are block, drop and buffer=N")]
    [InlineData("buffer=0", "--policy buffer=0 needs 1 to 64m bytes, such as buffer=64k")]
    [InlineData("buffer=65m", "--policy buffer=65m needs 1 to 64m bytes, such as buffer=64k")]
    [InlineData("buffer=x", "--policy buffer=x needs 1 to 64m bytes, such as buffer=64k")]
    [InlineData("consol:drop", "--policy consol:drop names port 'consol', the ports are console, did you mean 'console'?")]
    [InlineData("drop,block", "--policy says twice what holds for all ports, give a port's name before the other as in NAME:block")]
    [InlineData("console:drop,console:block", "--policy says twice what holds for port 'console'")]
    public void A_policy_that_can_t_be_is_one_sentence(string policy, string sentence) => Wrong(new RunArguments { Policies = [policy] }, sentence);

    [Fact]
    public void The_guest_catalog_s_sentence_is_passed_on()
    {
        var parsed = RunParser.Parse(new RunArguments { Guest = ["nobody"] }, guest => $"there is no guest '{guest.Name}'.");

        Assert.False(parsed.TryGet(out _, out var mistake));
        Assert.Equal("there is no guest 'nobody'", mistake.Sentence);
    }

    [Theory]
    [InlineData("echo consol", "--guest echo names port 'consol', the ports are console, did you mean 'console'?")]
    [InlineData("copy console out", "--guest copy names port 'out', the ports are console")]
    [InlineData("flood x 1 1", "--guest flood names port 'x', the ports are console")]
    public void A_port_that_a_guest_names_and_that_isn_t_there_is_one_sentence(string guest, string sentence) =>
        Wrong(new RunArguments { Guest = guest.Split(' ') }, sentence);

    [Fact]
    public void A_misspelt_option_among_the_guest_s_arguments_is_found() =>
        Wrong(new RunArguments { Guest = ["hello", "--ioevntfd", "on"] }, "there is no option '--ioevntfd', did you mean '--ioeventfd'? (actors run --help lists them)");

    private static string Ports(int count) => "3,virtio-console," + string.Join(',', Enumerable.Range(0, count).Select(index => $"pty:p{index}"));

    private static VmSpec Right(RunArguments arguments)
    {
        Assert.True(RunParser.Parse(arguments, _ => null).TryGet(out var spec, out var mistake), mistake?.Sentence);
        return spec;
    }

    private static void Wrong(RunArguments arguments, string sentence)
    {
        Assert.False(RunParser.Parse(arguments, _ => null).TryGet(out _, out var mistake));
        Assert.Equal(sentence, mistake.Sentence);
    }
}
