using System.Net.Sockets;
using System.Text;

namespace Actors.Scenarios;

/// <summary>The program as its user meets it: real processes, pipes, sockets, terminals.</summary>
public sealed class RunTests
{
    [Fact]
    public async Task Without_options_a_guest_greets_on_stdout_and_the_status_is_0()
    {
        var end = await ActorsProcess.RunAsync("run");

        Assert.Equal(0, end.Status);
        Assert.Contains("hello", end.OutputText, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(end.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--ioeventfd off")]
    [InlineData("--asyncio on")]
    [InlineData("--transport modern")]
    [InlineData("--transport legacy")]
    [InlineData("--transport legacy --ioeventfd off")]
    [InlineData("--transport legacy --asyncio on")]
    [InlineData("--vcpus 4")]
    [InlineData("--vcpus 4 --transport legacy --ioeventfd off")]
    [InlineData("--polling on")]
    public async Task What_enters_a_port_leaves_the_other_unchanged(string options)
    {
        using var folder = new TemporaryFolder();
        var input = Bytes(3 * 1024 * 1024 + 17, seed: options.Length);

        var end = await ActorsProcess.RunAsync($"run --guest copy in out -s 3,virtio-console,@stdio:in,file:out=out {options}", folder.Path, input);

        Assert.Equal(0, end.Status);
        Assert.Empty(end.Error);
        Assert.Equal(input, await File.ReadAllBytesAsync(folder.File("out")));
    }

    [Fact]
    public async Task An_empty_input_makes_an_empty_file()
    {
        using var folder = new TemporaryFolder();

        var end = await ActorsProcess.RunAsync("run --guest copy in out -s 3,virtio-console,@stdio:in,file:out=out", folder.Path, []);

        Assert.Equal(0, end.Status);
        Assert.Empty(await File.ReadAllBytesAsync(folder.File("out")));
    }

    [Fact]
    public async Task Echo_gives_back_on_stdout_what_it_gets_on_stdin()
    {
        var input = Bytes(300_000, seed: 5);

        var end = await ActorsProcess.RunAsync("run --guest echo io -s 3,virtio-console,@stdio:io", input: input);

        Assert.Equal(0, end.Status);
        Assert.Equal(input, end.Output);
    }

    [Fact]
    public async Task The_shell_answers_and_powers_off()
    {
        var end = await ActorsProcess.RunAsync("run --guest shell", input: Encoding.ASCII.GetBytes("help\rregs\rdevices\rports\rpoweroff\r"));

        Assert.Equal(0, end.Status);
        Assert.Contains("poweroff", end.OutputText, StringComparison.Ordinal);
        Assert.Contains("1af4:1003", end.OutputText, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task A_signal_in_the_middle_stops_cleanly_and_leaves_the_output_so_far(string signal, int status)
    {
        using var folder = new TemporaryFolder();
        using var process = ActorsProcess.Start("run --guest copy in out -s 3,virtio-console,@stdio:in,file:out=out", folder.Path);
        var sent = Bytes(1 << 20, seed: 9);
        await process.Input.WriteAsync(sent);
        await process.Input.FlushAsync();
        await Eventually(() => new FileInfo(folder.File("out")) is { Exists: true, Length: > 100_000 });

        process.Signal(signal);
        var end = await process.EndAsync();

        var got = await File.ReadAllBytesAsync(folder.File("out"));
        Assert.Equal(status, end.Status);
        Assert.Equal(sent.AsSpan(0, got.Length).ToArray(), got);
        Assert.DoesNotContain("   at ", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_clients_of_a_socket_are_served_one_after_the_other()
    {
        using var folder = new TemporaryFolder();
        using var process = ActorsProcess.Start("run --guest echo s -s 3,virtio-console,socket:s=sock", folder.Path);

        // Its file is there before anybody listens at it.
        await process.ErrorLineAsync(line => line.Contains("listens at sock", StringComparison.Ordinal));

        foreach (var text in new[] { "first client", "second client" })
        {
            using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await client.ConnectAsync(new UnixDomainSocketEndPoint(folder.File("sock")));
            await client.SendAsync(Encoding.ASCII.GetBytes(text));
            Assert.Equal(text, await Receive(client, text.Length));
        }

        process.Signal("TERM");
        Assert.Equal(143, (await process.EndAsync()).Status);
        Assert.False(File.Exists(folder.File("sock")));
    }

    [Fact]
    public async Task A_full_disk_under_drop_is_reported_byte_by_byte()
    {
        var end = await ActorsProcess.RunAsync(
            "run --guest copy in out -s 3,virtio-console,@stdio:in,file:out=/dev/full --policy drop",
            input: Bytes(100_000, seed: 3));

        Assert.Equal(0, end.Status);
        Assert.Contains("100000 of 100000 bytes dropped", end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_under_block_holds_the_guest_until_it_is_interrupted_and_then_reports()
    {
        using var process = ActorsProcess.Start("run --guest copy in out -s 3,virtio-console,@stdio:in,file:out=/dev/full --policy block");
        await process.Input.WriteAsync(Bytes(1000, seed: 4));
        await process.Input.FlushAsync();
        await process.ErrorLineAsync(line => line.Contains("No space left", StringComparison.OrdinalIgnoreCase));

        process.Signal("INT");
        var end = await process.EndAsync();

        Assert.Equal(130, end.Status);
        Assert.Contains("1000 of 1000 bytes dropped", end.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_pty_talks_to_a_terminal_program()
    {
        Skip.IfNot(File.Exists("/usr/bin/socat"), "socat is not installed");
        using var process = ActorsProcess.Start("run --guest echo p -s 3,virtio-console,@pty:p");
        var notice = await process.ErrorLineAsync(line => line.Contains("/dev/pts/", StringComparison.Ordinal));
        var pty = notice[notice.IndexOf("/dev/pts/", StringComparison.Ordinal)..].Split(' ', '\'', '.')[0];

        var answer = await Socat.TalkAsync(pty, "through a pty and back\n");

        Assert.Equal("through a pty and back\n", answer);
        process.Signal("TERM");
        Assert.Equal(143, (await process.EndAsync()).Status);
    }

    [Theory]
    [InlineData("-s 3,virtio-console,@stido:x", "stdio")]
    [InlineData("-s 3,virtio-console,file:x=/nonexistent/dir/out", "/nonexistent/dir")]
    [InlineData("-s 32,virtio-console,@stdio:x", "32")]
    [InlineData("-m 1", "-m")]
    [InlineData("--guest nosuch", "nosuch")]
    [InlineData("-s 3,virtio-console,pty:a,pty:b,pty:c,pty:d,pty:e,pty:f,pty:g,pty:h,pty:i,pty:j,pty:k,pty:l,pty:m,pty:n,pty:o,pty:p,pty:q", "16")]
    [InlineData("-s 3,virtio-console,@stdio:a,stdio:b", "stdio")]
    [InlineData("--vcpus 17", "16")]
    [InlineData("--policy lossy", "lossy")]
    public async Task A_mistake_gets_one_clear_sentence_and_status_2(string options, string mentions)
    {
        var end = await ActorsProcess.RunAsync($"run {options}");

        Assert.Equal(2, end.Status);
        Assert.Empty(end.Output);
        Assert.Single(end.Error.Trim().Split('\n'));
        Assert.Contains(mentions, end.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_occupied_socket_is_refused_and_left_alone()
    {
        using var folder = new TemporaryFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder.File("sock")));
        listener.Listen();

        var end = await ActorsProcess.RunAsync("run --guest echo s -s 3,virtio-console,socket:s=sock", folder.Path);

        Assert.Equal(2, end.Status);
        Assert.Single(end.Error.Trim().Split('\n'));
        Assert.True(File.Exists(folder.File("sock")));
    }

    [Fact]
    public async Task The_trace_names_the_functions_of_the_path()
    {
        var end = await ActorsProcess.RunAsync("run --trace");

        Assert.Equal(0, end.Status);
        foreach (var name in new[] { "emulate_io", "acrn_insert_request", "ioreq_dispatch", "acrn_ioeventfd_handler", "virtio_console_notify_tx", "virtio_console_control_tx", "virtio_pci_write", "port->cb" })
        {
            Assert.Contains(name, end.Error, StringComparison.Ordinal);
        }
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 60_000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private static async Task<string> Receive(Socket socket, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var buffer = new byte[count];
        var got = 0;
        while (got < count)
        {
            var n = await socket.ReceiveAsync(buffer.AsMemory(got), patience.Token);
            Assert.NotEqual(0, n);
            got += n;
        }

        return Encoding.ASCII.GetString(buffer);
    }
}
