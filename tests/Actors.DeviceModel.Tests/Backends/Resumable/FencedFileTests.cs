using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class FencedFileTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_stream_begins_behind_what_the_file_holds_and_its_owner_file_says_so()
    {
        File.WriteAllText(_folder["log"], "old ");
        using (var file = Open(7))
        {
            Assert.Equal(0, file.Position);
            Assert.Equal(new BackendResult(BackendStatus.Done, 4), file.Write("new "));
            Assert.Equal(4, file.Position);
        }

        Assert.Equal("old new ", File.ReadAllText(_folder["log"]));
        Assert.Equal("""{"token":7,"base":4}""", File.ReadAllText(_folder["log.owner"]).TrimEnd());
    }

    [Fact]
    public void Who_takes_over_goes_on_with_the_next_byte_and_repeats_nothing()
    {
        using (var first = Open(1))
            first.Write("hello ");
        using var second = Open(2);

        Assert.Equal(6, second.Position);
        Assert.Equal(new BackendResult(BackendStatus.Done, 8), second.TryWriteAt(3, "lo world"u8));
        Assert.Equal("hello world", File.ReadAllText(_folder["log"]));
    }

    [Fact]
    public void A_writer_whose_stream_was_taken_over_writes_no_more_and_says_why_once_and_for_all()
    {
        using var zombie = Open(1);
        zombie.Write("a");
        using var owner = Open(2);
        owner.Write("b");

        var refused = zombie.TryWriteAt(1, "c"u8);
        Assert.Equal(BackendStatus.Failed, refused.Status);
        Assert.Equal($"fenced: file '{_folder["log"]}' was taken over with token 2, this writer has token 1 and writes no more", refused.Error);
        Assert.Equal(refused, zombie.TryWriteAt(1, "c"u8));
        Assert.True(zombie.IsFenced);
        Assert.Equal(2, zombie.FencedWrites);
        Assert.False(zombie.IsConnected);
        Assert.Equal("ab", File.ReadAllText(_folder["log"]));
    }

    [Fact]
    public void A_lower_token_is_refused_when_it_opens_and_an_equal_one_goes_on()
    {
        using (var owner = Open(5))
            owner.Write("x");

        var refusal = Assert.Throws<BackendOpenException>(() => Open(4));
        Assert.Contains("fenced: ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        using var again = Open(5);
        Assert.Equal(1, again.Position);
    }

    [Fact]
    public void A_gap_is_refused_and_nothing_is_written()
    {
        using var file = Open(1);
        file.Write("ab");

        var gap = file.TryWriteAt(3, "d"u8);

        Assert.Equal(BackendStatus.Failed, gap.Status);
        Assert.Contains("has 2 bytes of the stream and the next ones are of position 3", gap.Error, StringComparison.Ordinal);
        Assert.Equal("ab", File.ReadAllText(_folder["log"]));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("""{"token":-1,"base":0}""")]
    [InlineData("""{"token":"1","base":0}""")]
    [InlineData("""{"token":1,"base":0.5}""")]
    [InlineData("""[1,2]""")]
    public void A_damaged_owner_file_is_refused_with_what_to_do(string text)
    {
        File.WriteAllText(_folder["log.owner"], text);

        var refusal = Assert.Throws<BackendOpenException>(() => Open(1));

        Assert.Contains("remove it when nobody else writes", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(_folder["log.owner"]));
        Assert.False(File.Exists(_folder["log"]));
    }

    [Fact]
    public void A_file_that_others_change_fails_instead_of_losing_anything_silently()
    {
        using var file = Open(1);
        file.Write("stream");
        File.AppendAllText(_folder["log"], "foreign");
        Assert.Contains("was written to by somebody else", file.TryWriteAt(6, "x"u8).Error, StringComparison.Ordinal);

        using var next = Open(2);
        File.WriteAllText(_folder["log"], "");
        Assert.Contains("was cut", next.TryWriteAt(13, "x"u8).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_stands_still_within_a_write_is_waited_for()
    {
        using var file = Open(1);
        using (var held = Libc.Open(_folder["log.owner"], LinuxSpec.O_RDWR | LinuxSpec.O_CLOEXEC, 0))
        {
            Lock(held);
            var waiting = file.TryWriteAt(0, "x"u8);
            Assert.Equal(BackendStatus.Full, waiting.Status);
            Assert.Contains("is held by another writer", waiting.Error, StringComparison.Ordinal);

            using var next = Open(2);
            Assert.Null(next.Position);
            Assert.Equal(BackendStatus.Full, next.Write("y").Status);
            held.Dispose();

            Assert.Equal(new BackendResult(BackendStatus.Done, 1), next.Write("y"));
        }

        Assert.Equal(BackendStatus.Failed, file.TryWriteAt(0, "x"u8).Status);
        Assert.Equal("y", File.ReadAllText(_folder["log"]));
    }

    [Fact]
    public void What_has_no_length_is_opened_as_without_a_token()
    {
        using var file = Ports.Open(BackendKind.File, _signals, "/dev/null", owner: new BackendOwner(new VmId(1), new FencingToken(1)));

        Assert.IsNotType<IResumableBackend>(file, exactMatch: false);
        Assert.False(File.Exists("/dev/null.owner"));
    }

    [Fact]
    public void Without_a_token_there_is_no_owner_file()
    {
        using (var file = Ports.Open(BackendKind.File, _signals, _folder["log"]))
            file.Write("x");

        Assert.Equal([_folder["log"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Opening_can_be_undone_and_nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();
        using (var file = Open(1))
        {
            file.Arm(BackendInterest.Write);
            ((IUndoableOpening)file).UndoOpening();
        }

        Assert.Empty(Directory.GetFiles(_folder.Path));
        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    [Fact]
    public void Room_to_write_is_signalled_and_input_never()
    {
        using var file = Open(1);

        _signals.Await(file, BackendInterest.Write);
        file.Arm(BackendInterest.Read);

        Assert.Equal(BackendStatus.WouldBlock, file.TryRead(new byte[8]).Status);
        Assert.True(_signals.StaysSilent());
    }

    private static unsafe void Lock(SafeDescriptor descriptor)
    {
        var whole = new FileLock { Kind = LinuxSpec.F_WRLCK };
        Assert.Equal(0, Libc.Lock(descriptor, LinuxSpec.F_OFD_SETLK, &whole));
    }

    private IResumableBackend Open(ulong token) => Assert.IsType<IResumableBackend>(
        Ports.Open(BackendKind.File, _signals, _folder["log"], owner: new BackendOwner(new VmId(1), new FencingToken(token))), exactMatch: false);
}
