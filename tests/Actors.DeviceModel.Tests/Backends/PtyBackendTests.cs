using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class PtyBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_notice_says_where_users_find_it()
    {
        using var pty = Open();

        Assert.Equal($"port 'tty0' is at {pty.SlaveName}", pty.Notice);
        Assert.StartsWith("/dev/pts/", pty.SlaveName, StringComparison.Ordinal);
        Assert.True(pty.IsConnected);
    }

    [Fact]
    public void Bytes_pass_unchanged_in_both_directions()
    {
        using var pty = Open();
        using var user = OpenUser(pty);

        user.Write("in\r\u0003\n"u8);
        Assert.Equal("in\r\u0003\n", pty.ReadText(_signals, 5));

        Assert.Equal(BackendStatus.Done, pty.Write("out\u0004\r").Status);
        var bytes = new byte[5];
        user.ReadExactly(bytes);
        Assert.Equal("out\u0004\r"u8.ToArray(), bytes);
    }

    [Fact]
    public void What_nobody_read_is_held_and_counted_to_the_byte()
    {
        using var pty = Open();
        Assert.False(pty.HoldsOutput);
        var taken = 0L;
        for (var result = pty.TryWrite(new byte[1000]); result.Status == BackendStatus.Done; result = pty.TryWrite(new byte[1000]))
            taken += result.Count;
        Assert.True(pty.HoldsOutput);

        using var user = OpenUser(pty);
        user.ReadExactly(new byte[100]);

        Assert.Equal(taken - 100, pty.TakeHeldOutput());
        Assert.False(pty.HoldsOutput);
    }

    [Fact]
    public void Users_come_and_go_without_a_hang_up()
    {
        using var pty = Open();
        for (var round = 0; round < 3; round++)
        {
            using (var user = OpenUser(pty))
                user.Write("x"u8);

            Assert.Equal("x", pty.ReadText(_signals, 1));
        }

        pty.Arm(BackendInterest.Read);
        Assert.True(_signals.StaysSilent());
        Assert.Equal(BackendStatus.WouldBlock, pty.TryRead(new byte[8]).Status);
    }

    [Fact]
    public void Without_a_reader_it_would_block_and_is_signalled_once_a_user_reads_and_nothing_is_lost()
    {
        using var pty = Open();
        var line = new byte[1000];
        line.AsSpan().Fill((byte)'.');
        var sent = 0;
        BackendResult result;
        while ((result = pty.TryWrite(line)).Status == BackendStatus.Done)
            sent += result.Count;

        Assert.Equal(BackendStatus.WouldBlock, result.Status);
        Assert.InRange(sent, 1, 1 << 20);

        pty.Arm(BackendInterest.Write);
        using var user = OpenUser(pty);
        user.ReadExactly(new byte[sent]);
        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendStatus.Done, pty.Write("x").Status);
    }

    [Fact]
    public void With_a_path_a_link_leads_to_it_until_the_end()
    {
        using (var pty = Open(_folder["console"]))
        {
            Assert.Equal(pty.SlaveName, new FileInfo(_folder["console"]).LinkTarget);
            Assert.Equal($"port 'tty0' is at {pty.SlaveName}, linked from {_folder["console"]}", pty.Notice);
        }

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void The_link_goes_on_every_way_out()
    {
        using var pty = Open(_folder["console"]);

        ExitActions.RunAll();

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_is_at_the_path_is_not_replaced()
    {
        File.WriteAllText(_folder["file"], "mine");
        File.CreateSymbolicLink(_folder["link"], _folder["elsewhere"]);

        Assert.Contains("something is there already", Ports.Refused(BackendKind.Pty, _folder["file"]), StringComparison.Ordinal);
        Assert.Contains("something is there already", Ports.Refused(BackendKind.Pty, _folder["link"]), StringComparison.Ordinal);
        Assert.Contains("its directory doesn't exist", Ports.Refused(BackendKind.Pty, _folder["no/console"]), StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(_folder["file"]));
    }

    [Fact]
    public void A_link_to_a_pseudo_terminal_that_is_gone_is_replaced_and_one_to_a_live_one_is_not()
    {
        File.CreateSymbolicLink(_folder["stale"], "/dev/pts/999999");
        using var pty = Open(_folder["stale"]);

        Assert.Equal(pty.SlaveName, new FileInfo(_folder["stale"]).LinkTarget);
        Assert.Contains("something is there already", Ports.Refused(BackendKind.Pty, _folder["stale"]), StringComparison.Ordinal);
        Assert.Equal(pty.SlaveName, new FileInfo(_folder["stale"]).LinkTarget);
    }

    [Fact]
    public void A_link_to_a_pseudo_terminal_that_is_gone_is_replaced_when_its_number_came_back()
    {
        string name;
        using (var before = Open())
            name = before.SlaveName;
        File.CreateSymbolicLink(_folder["stale"], name);

        using var pty = Open(_folder["stale"]);

        Assert.Equal(pty.SlaveName, new FileInfo(_folder["stale"]).LinkTarget);
    }

    [Fact]
    public void A_link_that_somebody_else_put_there_meanwhile_stays()
    {
        using (Open(_folder["console"]))
        {
            File.Delete(_folder["console"]);
            File.CreateSymbolicLink(_folder["console"], "/dev/null");
        }

        Assert.Equal("/dev/null", new FileInfo(_folder["console"]).LinkTarget);
    }

    [Fact]
    public void Nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();

        using (var pty = Open())
            pty.Arm(BackendInterest.Read);

        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    private static FileStream OpenUser(PtyBackend pty) => new(pty.SlaveName, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);

    private PtyBackend Open(string? path = null) => (PtyBackend)Ports.Open(BackendKind.Pty, _signals, path);
}
