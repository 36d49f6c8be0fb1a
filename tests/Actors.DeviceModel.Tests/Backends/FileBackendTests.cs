using System.Diagnostics;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class FileBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Output_is_appended_to_what_is_there()
    {
        File.WriteAllText(_folder["log"], "old ");
        using (var file = Open("log"))
        {
            Assert.Equal(new BackendResult(BackendStatus.Done, 4), file.Write("new "));
            Assert.Equal(new BackendResult(BackendStatus.Done, 5), file.Write("newer"));
        }

        Assert.Equal("old new newer", File.ReadAllText(_folder["log"]));
    }

    [Fact]
    public void A_missing_file_is_made_and_a_large_write_is_taken_at_once()
    {
        var data = new byte[3 << 20];
        data.AsSpan().Fill(7);
        using (var file = Open("log"))
            Assert.Equal(new BackendResult(BackendStatus.Done, data.Length), file.TryWrite(data));

        Assert.Equal(data.Length, new FileInfo(_folder["log"]).Length);
    }

    [Fact]
    public void There_is_no_input_and_none_is_ever_signalled()
    {
        using var file = Open("log");
        file.Arm(BackendInterest.Read);

        Assert.Equal(BackendStatus.WouldBlock, file.TryRead(new byte[8]).Status);
        Assert.True(_signals.StaysSilent());
        Assert.True(file.IsConnected);
        Assert.Null(file.Notice);
    }

    [Fact]
    public void Room_to_write_is_signalled_at_once()
    {
        using var file = Open("log");

        _signals.Await(file, BackendInterest.Write);
    }

    [Fact]
    public void An_empty_write_is_done_and_an_empty_read_waits()
    {
        using var file = Open("log");

        Assert.Equal(new BackendResult(BackendStatus.Done), file.TryWrite([]));
        Assert.Equal(BackendStatus.WouldBlock, file.TryRead([]).Status);
    }

    [Fact]
    public void A_full_disk_is_full_not_failed_and_is_tried_again_only_after_a_while()
    {
        using var file = Ports.Open(BackendKind.File, _signals, "/dev/full");

        Assert.Equal(new BackendResult(BackendStatus.Full, 0, "file '/dev/full': No space left on device"), file.Write("x"));
        Assert.True(file.IsConnected);

        // A look that took as long as the wait saw nothing of it: another one follows. The loop's clock has steps of a few milliseconds.
        const int Waits = DescriptorBackend.FullRetryMilliseconds - 20;
        for (var isSilent = false; !isSilent;)
        {
            var armed = Stopwatch.GetTimestamp();
            file.Arm(BackendInterest.Write);
            isSilent = _signals.StaysSilent();
            Assert.True(isSilent || Stopwatch.GetElapsedTime(armed).TotalMilliseconds >= Waits, "it is tried again at once");
            Assert.Equal(BackendInterest.Write, _signals.Next());
            Assert.Equal(BackendStatus.Full, file.Write("x").Status);
        }
    }

    [Fact]
    public void A_fifo_would_block_when_full_and_fails_when_its_reader_left()
    {
        TestFifo.Make(_folder["fifo"]);
        Assert.Contains("start the reader first", Ports.Refused(BackendKind.File, _folder["fifo"]), StringComparison.Ordinal);

        using var reader = Libc.Open(_folder["fifo"], LinuxSpec.O_RDONLY | LinuxSpec.O_NONBLOCK | LinuxSpec.O_CLOEXEC, 0);
        using var file = Open("fifo");
        var data = new byte[8192];
        while (file.TryWrite(data).Status == BackendStatus.Done)
            Assert.Equal(0, _signals.Pending);

        file.Arm(BackendInterest.Write);
        Assert.True(_signals.StaysSilent());
        reader.Dispose();
        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendStatus.Failed, file.TryWrite(data).Status);
    }

    [Fact]
    public void A_path_that_can_t_be_written_to_is_refused_with_what_to_do()
    {
        File.WriteAllText(_folder["plain"], string.Empty);
        using var socket = TestSockets.Listen(_folder["socket"]);

        Assert.Equal($"port 'tty0' can't write to '{_folder.Path}': it is a directory; name a file in it.", Ports.Refused(BackendKind.File, _folder.Path));
        Assert.Contains("create the directory first", Ports.Refused(BackendKind.File, _folder["no/log"]), StringComparison.Ordinal);
        Assert.Contains("not a directory", Ports.Refused(BackendKind.File, _folder["plain/log"]), StringComparison.Ordinal);
        Assert.Contains("use socket:", Ports.Refused(BackendKind.File, _folder["socket"]), StringComparison.Ordinal);
        Assert.Contains("too long", Ports.Refused(BackendKind.File, _folder[new string('x', 300)]), StringComparison.Ordinal);
        Assert.Equal("port 'tty0' needs a path: file:tty0=PATH.", Ports.Refused(BackendKind.File));
    }

    [SkippableFact]
    public void A_path_without_permission_is_refused_with_what_to_do()
    {
        Skip.If(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "root may write everywhere");
        File.WriteAllText(_folder["log"], string.Empty);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder["log"], UnixFileMode.UserRead);

        Assert.Contains("permission denied", Ports.Refused(BackendKind.File, _folder["log"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Rotation_by_renaming_loses_nothing()
    {
        using var file = Open("log");
        file.Write("one ");
        File.Move(_folder["log"], _folder["log.1"]);
        file.Write("two");

        Assert.Equal("one two", File.ReadAllText(_folder["log.1"]));
    }

    [Fact]
    public void A_file_that_opening_made_can_be_taken_back_and_no_other()
    {
        File.WriteAllText(_folder["old"], string.Empty);
        foreach (var name in new[] { "old", "new", "replaced" })
        {
            using var file = Open(name);
            if (name == "replaced")
            {
                File.Move(_folder[name], _folder["moved"]);
                File.WriteAllText(_folder[name], "theirs");
            }

            ((IUndoableOpening)file).UndoOpening();
        }

        Assert.Equal(["moved", "old", "replaced"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();

        using (var file = Open("log"))
        {
            file.Write("x");
            file.Arm(BackendInterest.Write);
        }

        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    private IPortBackend Open(string name) => Ports.Open(BackendKind.File, _signals, _folder[name]);
}
