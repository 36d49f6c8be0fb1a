using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>Writers and receivers over real sockets.</summary>
public sealed class StreamTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("as");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Bytes_arrive_in_order_and_count_as_written_when_they_were_acknowledged()
    {
        using var rig = new ReceiverRig();
        using var writer = new StreamWriter(rig.Receiver.Address);
        var data = ReceiverRig.Bytes(3 << 20);

        Assert.Equal(0, writer.AwaitPosition());
        Assert.True(writer.TryWriteAll(0, data, out _));

        Assert.Equal(data.Length, writer.Backend.Position);
        Assert.Equal(data.Length, rig.Only().Bytes);
        Assert.Equal(ReceiverRig.Hash(data), rig.Only().Sha256);
    }

    [Fact]
    public void A_writer_that_takes_over_learns_what_is_there_and_the_one_before_is_fenced()
    {
        using var rig = new ReceiverRig();
        var data = ReceiverRig.Bytes(300_000);
        using var zombie = new StreamWriter(rig.Receiver.Address, token: 1);
        zombie.AwaitPosition();
        Assert.True(zombie.TryWriteAll(0, data.AsSpan(0, 100_000), out _));

        using var owner = new StreamWriter(rig.Receiver.Address, token: 2);
        Assert.Equal(100_000, owner.AwaitPosition());
        Assert.False(zombie.TryWriteAll(100_000, data.AsSpan(100_000), out var error));

        // The new one's record may be behind: repetitions are dropped.
        Assert.True(owner.TryWriteAll(60_000, data.AsSpan(60_000), out _));
        Assert.StartsWith("fenced: stream 'console' of vm-1 at receiver ", error, StringComparison.Ordinal);
        Assert.Contains("was taken over with token 2, this writer has token 1", error, StringComparison.Ordinal);
        Assert.True(zombie.Backend.IsFenced);
        Assert.False(zombie.Backend.IsConnected);
        Assert.True(zombie.Backend.FencedWrites > 0);
        Assert.Equal(ReceiverRig.Hash(data), rig.Only().Sha256);
        Assert.Equal(1, rig.Only().Takeovers);
    }

    [Fact]
    public void A_writer_with_a_lower_token_is_refused_when_it_greets()
    {
        using var rig = new ReceiverRig();
        using var owner = new StreamWriter(rig.Receiver.Address, token: 9);
        owner.AwaitPosition();
        using var greeting = rig.Greet(8, out var answer);
        Assert.Equal((StreamStatus.Fenced, new FencingToken(9)), (answer.Status, answer.Fence));
        Assert.Equal(1, rig.Only().RefusedTokens);

        // A writer greets as often as it takes until it hears the answer.
        using var late = new StreamWriter(rig.Receiver.Address, token: 8);
        Assert.False(late.TryWriteAll(0, "x"u8, out var error));

        Assert.StartsWith("fenced: ", error, StringComparison.Ordinal);
        Assert.True(rig.Only().RefusedTokens > 1);
        Assert.True(owner.TryWriteAll(0, "y"u8, out _));
        Assert.Equal(1, rig.Only().Bytes);
        Assert.Contains(rig.Log, line => line.Contains("has been taken over with token 9", StringComparison.Ordinal));
    }

    [Fact]
    public void A_receiver_that_is_restarted_over_its_directory_goes_on_with_the_next_byte_and_still_refuses_old_tokens()
    {
        var data = ReceiverRig.Bytes(1 << 20);
        var output = StreamOutput.ToDirectory(_folder.FullName);
        using var port = new HeldPort();
        var first = new ReceiverRig(output, port.Port);
        using var writer = new StreamWriter(first.Receiver.Address, token: 5);
        writer.AwaitPosition();
        Assert.True(writer.TryWriteAll(0, data.AsSpan(0, 400_000), out _));
        first.Dispose();

        using var second = new ReceiverRig(output, port.Port);
        Assert.True(writer.TryWriteAll(400_000, data.AsSpan(400_000), out _));
        using var old = new StreamWriter(second.Receiver.Address, token: 4);
        Assert.False(old.TryWriteAll(0, "x"u8, out _));

        Assert.Equal(ReceiverRig.Hash(data), second.Only().Sha256);
        Assert.Equal(data, File.ReadAllBytes(Path.Combine(_folder.FullName, "vm-1.console")));
    }

    [Fact]
    public void A_receiver_that_comes_in_the_middle_says_where_it_began()
    {
        var data = ReceiverRig.Bytes(5000);
        using var port = new HeldPort();
        var first = new ReceiverRig(port: port.Port);
        using var writer = new StreamWriter(first.Receiver.Address, token: 5);
        writer.AwaitPosition();
        Assert.True(writer.TryWriteAll(0, data.AsSpan(0, 3000), out _));
        first.Dispose();

        using var second = new ReceiverRig(StreamOutput.ToDirectory(_folder.FullName), port.Port);
        Assert.True(writer.TryWriteAll(3000, data.AsSpan(3000), out _));

        Assert.Equal((5000, 3000), (second.Only().Bytes, second.Only().BeginsAt));
        Assert.Equal(ReceiverRig.Hash(data.AsSpan(3000)), second.Only().Sha256);
    }

    [Fact]
    public void A_receiver_that_lost_what_it_had_acknowledged_is_not_written_to()
    {
        var path = Path.Combine(_folder.FullName, "one");
        using var port = new HeldPort();
        var first = new ReceiverRig(StreamOutput.ToFile(path), port.Port);
        using var writer = new StreamWriter(first.Receiver.Address, token: 5);
        writer.AwaitPosition();
        Assert.True(writer.TryWriteAll(0, new byte[1000], out _));
        first.Dispose();
        using (var file = File.OpenWrite(path))
            file.SetLength(600);

        using var second = new ReceiverRig(StreamOutput.ToFile(path), port.Port);
        Assert.False(writer.TryWriteAll(1000, "x"u8, out var error));

        Assert.Contains("misses bytes of the stream before position 1000", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_writer_that_ends_in_order_ends_its_stream_and_one_that_takes_it_up_again_unends_it()
    {
        using var rig = new ReceiverRig();
        using (var writer = new StreamWriter(rig.Receiver.Address, token: 1))
        {
            writer.AwaitPosition();
            Assert.True(writer.TryWriteAll(0, "abc"u8, out _));
        }

        await rig.Receiver.AllOver.WaitAsync(StreamWriter.Patience);
        Assert.True(rig.Only().Ended);

        using var next = new StreamWriter(rig.Receiver.Address, token: 2);
        Assert.Equal(3, next.AwaitPosition());
        Assert.False(rig.Only().Ended);
    }

    [Fact]
    public void An_output_for_one_stream_refuses_another_and_its_writer_waits()
    {
        using var rig = new ReceiverRig(StreamOutput.ToFile(Path.Combine(_folder.FullName, "one")));
        using var first = new StreamWriter(rig.Receiver.Address, vm: 1);
        first.AwaitPosition();
        using var second = rig.Greet(0, out var answer, vm: 2);

        Assert.Equal(StreamStatus.Busy, answer.Status);
        Assert.Equal(1, rig.Only().Vm);
        Assert.Contains(rig.Log, line => line.Contains("name a directory", StringComparison.Ordinal));
    }

    [Fact]
    public void Bytes_are_acknowledged_from_the_disk_where_that_is_asked_for()
    {
        using var rig = new ReceiverRig(StreamOutput.ToDirectory(_folder.FullName), synchronize: true);
        using var writer = new StreamWriter(rig.Receiver.Address);
        writer.AwaitPosition();

        Assert.True(writer.TryWriteAll(0, ReceiverRig.Bytes(200_000), out _));
        Assert.Equal(200_000, rig.Only().Bytes);
    }

    [Fact]
    public void Names_of_ports_make_file_names_that_stay_in_the_directory()
    {
        Assert.Equal("vm-7.console", StreamOutput.FileName(new StreamHello(new(7), "console", default, null)));
        Assert.Equal("vm-7...%2F..%2Fetc%2Fpasswd", StreamOutput.FileName(new StreamHello(new(7), "../../etc/passwd", default, null)));
        Assert.NotEqual(
            StreamOutput.FileName(new StreamHello(new(7), "a", default, null)) + ".owner",
            StreamOutput.FileName(new StreamHello(new(7), "a.owner", default, null)));
        var name = StreamOutput.FileName(new StreamHello(new(int.MaxValue), new string('/', 255), default, null));
        Assert.InRange(name.Length, 1, 200);
    }

    [Fact]
    public void A_receiver_that_isn_t_there_is_waited_for()
    {
        using var port = new HeldPort();
        using var writer = new StreamWriter(port.Address);
        Assert.Null(writer.Backend.Position);
        Assert.False(writer.Backend.IsConnected);
        Assert.Equal(BackendStatus.Disconnected, writer.Backend.TryWriteAt(0, "x"u8).Status);

        using var rig = new ReceiverRig(port: port.Port);
        writer.AwaitPosition();
        Assert.True(writer.TryWriteAll(0, "x"u8, out _));
        Assert.Equal(1, rig.Only().Bytes);
    }

    [Fact]
    public void A_receiver_whose_name_leads_nowhere_is_waited_for_with_a_sentence()
    {
        using var writer = new StreamWriter("nowhere.invalid:7000");

        // Slow name servers take longer than the first try.
        while (writer.Backend.Warning is null)
            writer.Await(BackendInterest.Connect);

        Assert.StartsWith("receiver nowhere.invalid:7000: the name 'nowhere.invalid' leads nowhere", writer.Backend.Warning, StringComparison.Ordinal);
        Assert.Equal(BackendStatus.Disconnected, writer.Backend.TryWriteAt(0, "x"u8).Status);
    }
}
