using System.Net.Sockets;
using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class StdioBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TestPipe _input = TestPipe.ForInput();
    private readonly TestPipe _output = TestPipe.ForOutput();

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Bytes_pass_in_both_directions()
    {
        using var backend = Open();

        _input.Stream.Write("in"u8);
        Assert.Equal("in", backend.ReadText(_signals, 2));

        Assert.Equal(new BackendResult(BackendStatus.Done, 3), backend.Write("out"));
        Assert.Equal("out", _output.ReadText(3));
        Assert.True(backend.IsConnected);
    }

    [Fact]
    public void Nothing_to_read_would_block_and_is_signalled_once_bytes_come()
    {
        using var backend = Open();
        Assert.Equal(BackendStatus.WouldBlock, backend.TryRead(new byte[8]).Status);

        backend.Arm(BackendInterest.Read);
        Assert.True(_signals.StaysSilent());
        _input.Stream.Write("x"u8);

        Assert.Equal(BackendInterest.Read, _signals.Next());
        Assert.Equal(1, backend.TryRead(new byte[8]).Count);
    }

    [Fact]
    public void A_wish_that_was_taken_back_is_not_signalled()
    {
        using var backend = Open();
        backend.Arm(BackendInterest.Read);
        backend.Arm(BackendInterest.None);

        _input.Stream.Write("x"u8);

        Assert.True(_signals.StaysSilent());
    }

    [Fact]
    public void End_of_input_is_said_for_good_without_a_busy_loop_and_output_goes_on()
    {
        using var backend = Open();
        _input.Stream.Write("last"u8);
        _input.CloseOurs();

        Assert.Equal("last", backend.ReadText(_signals, 4));
        Assert.Equal(BackendStatus.EndOfInput, backend.ReadToEnd(_signals).Status);
        Assert.Equal(BackendStatus.EndOfInput, backend.TryRead(new byte[8]).Status);
        backend.Arm(BackendInterest.Read);
        Assert.True(_signals.StaysSilent());

        Assert.Equal(BackendStatus.Done, backend.Write("x").Status);
    }

    [Fact]
    public void A_reader_that_went_away_fails_the_output_for_good_with_a_sentence()
    {
        using var backend = Open();
        _output.CloseOurs();

        var failed = backend.Write("x");

        Assert.Equal(BackendStatus.Failed, failed.Status);
        Assert.Equal("stdio: nobody reads the output any more", failed.Error);
        Assert.Equal(failed, backend.Write("y"));
        Assert.False(backend.IsConnected);
        backend.Arm(BackendInterest.Write);
        Assert.True(_signals.StaysSilent());
        Assert.Equal(BackendStatus.WouldBlock, backend.TryRead(new byte[8]).Status);
    }

    [Fact]
    public void A_full_pipe_would_block_and_is_signalled_once_it_was_drained_and_loses_nothing()
    {
        using var backend = Open();
        var sent = 0;
        var data = new byte[10_000];
        BackendResult result;
        while ((result = backend.TryWrite(Numbered(data, sent))).Status == BackendStatus.Done)
            sent += result.Count;

        Assert.Equal(BackendStatus.WouldBlock, result.Status);
        backend.Arm(BackendInterest.Write);
        Assert.True(_signals.StaysSilent());

        var received = new byte[sent];
        _output.Stream.ReadExactly(received);
        Assert.Equal(Numbered(new byte[sent], 0), received);
        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendStatus.Done, backend.Write("more").Status);
        Assert.Equal("more", _output.ReadText(4));
    }

    [Fact]
    public void Wishes_are_signalled_apart_and_one_leaves_the_other()
    {
        using var backend = Open();
        backend.Arm(BackendInterest.Read | BackendInterest.Write);

        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.True(_signals.StaysSilent());
        _input.Stream.Write("x"u8);

        Assert.Equal(BackendInterest.Read, _signals.Next());
    }

    [Fact]
    public void Descriptors_that_others_share_stay_blocking()
    {
        using var backend = Open();

        Assert.Equal(0, FlagsOf(_input.Number) & LinuxSpec.O_NONBLOCK);
        Assert.Equal(0, FlagsOf(_output.Number) & LinuxSpec.O_NONBLOCK);
    }

    [Fact]
    public void A_file_at_standard_input_is_always_ready_is_read_from_where_it_stands_and_ends()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["input"], "skipped, read");
        using var file = Libc.Open(folder["input"], LinuxSpec.O_RDONLY | LinuxSpec.O_CLOEXEC, 0);
        var number = file.Number;
        Assert.Equal(9, DescriptorIo.Read(file, new byte[9], socket: false).Count);
        using var backend = StdioBackend.Open(number, _output.Number, claim: null, _signals);

        _signals.Await(backend, BackendInterest.Read);

        Assert.Equal("read", backend.ReadText(_signals, 4));
        Assert.Equal(BackendStatus.EndOfInput, backend.ReadToEnd(_signals).Status);
    }

    [Fact]
    public void A_full_device_at_standard_output_is_full()
    {
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        using var backend = StdioBackend.Open(_input.Number, (int)full.DangerousGetHandle(), claim: null, _signals);

        Assert.Equal(new BackendResult(BackendStatus.Full, 0, "stdio: No space left on device"), backend.Write("x"));
    }

    [Fact]
    public void A_socket_serves_as_standard_input_and_output()
    {
        using var folder = new TemporaryFolder();
        using var listener = TestSockets.Listen(folder["s"]);
        using var outside = TestSockets.Connect(folder["s"]);
        using var inside = listener.Accept();
        using var second = Libc.Duplicate(SafeDescriptor.Inherited((int)inside.Handle), LinuxSpec.F_DUPFD_CLOEXEC, 3);
        using var backend = StdioBackend.Open((int)inside.Handle, second.Number, claim: null, _signals);

        outside.Send("in"u8);
        Assert.Equal("in", backend.ReadText(_signals, 2));
        Assert.Equal(BackendStatus.Done, backend.Write("out").Status);
        Assert.Equal("out", outside.ReceiveText(3));
        outside.Shutdown(SocketShutdown.Send);
        Assert.Equal(BackendStatus.EndOfInput, backend.ReadToEnd(_signals).Status);
        Assert.Equal(0, FlagsOf((int)inside.Handle) & LinuxSpec.O_NONBLOCK);
    }

    [Fact]
    public void Only_one_port_has_stdio_and_the_next_may_have_it_afterwards()
    {
        using (Ports.Open(BackendKind.Stdio, _signals))
            Assert.Contains("another port has it", Ports.Refused(BackendKind.Stdio), StringComparison.Ordinal);

        using var next = Ports.Open(BackendKind.Stdio, _signals);
        Assert.NotNull(next);
    }

    [Fact]
    public void A_terminal_at_standard_input_is_raw_meanwhile_but_keeps_Ctrl_C_and_comes_back_as_it_was()
    {
        using var terminal = new TestTerminal();
        var before = terminal.Modes;
        using (var backend = StdioBackend.Open(terminal.SlaveNumber, terminal.SlaveNumber, claim: null, _signals))
        {
            var raw = terminal.Modes;
            Assert.Equal(LinuxSpec.ISIG, raw.Local & (LinuxSpec.ISIG | LinuxSpec.ICANON | LinuxSpec.ECHO));
            Assert.Equal(LinuxSpec.OPOST, raw.Output & LinuxSpec.OPOST);
            Assert.Equal(0, FlagsOf(terminal.SlaveNumber) & LinuxSpec.O_NONBLOCK);

            terminal.Master.Write("k"u8);
            Assert.Equal("k", backend.ReadText(_signals, 1));
            terminal.SetSize(columns: 132, rows: 43);
            Assert.True(((ISizedBackend)backend).TryGetSize(out var columns, out var rows));
            Assert.Equal((132, 43), (columns, rows));
        }

        Assert.Equal(before, terminal.Modes);
    }

    [Fact]
    public void What_can_be_neither_reopened_nor_asked_not_to_wait_is_made_non_blocking_and_set_back()
    {
        // An eventfd can't be opened again through /proc.
        using var odd = Libc.EventDescriptor(0, LinuxSpec.O_CLOEXEC);
        using (var backend = StdioBackend.Open(odd.Number, _output.Number, claim: null, _signals))
        {
            Assert.Equal(BackendStatus.WouldBlock, backend.TryRead(new byte[8]).Status);
            Assert.NotEqual(0, FlagsOf(odd.Number) & LinuxSpec.O_NONBLOCK);
            ExitActions.RunAll();
            Assert.Equal(0, FlagsOf(odd.Number) & LinuxSpec.O_NONBLOCK);
        }

        Assert.Equal(0, FlagsOf(odd.Number) & LinuxSpec.O_NONBLOCK);
    }

    [Fact]
    public void Nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();

        var backend = Open();
        backend.Arm(BackendInterest.Read);
        backend.Dispose();
        backend.Dispose();

        Assert.Equal(before, OpenDescriptors.Snapshot());
        Assert.Equal(BackendStatus.Disconnected, backend.Write("x").Status);
        Assert.Equal(BackendStatus.Disconnected, backend.TryRead(new byte[1]).Status);
        backend.Arm(BackendInterest.Read);
    }

    private static int FlagsOf(int number) => Libc.Control(SafeDescriptor.Inherited(number), LinuxSpec.F_GETFL, 0);

    private static byte[] Numbered(byte[] bytes, int first)
    {
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((first + i) * 31 >> 3);
        return bytes;
    }

    private StdioBackend Open() => StdioBackend.Open(_input.Number, _output.Number, claim: null, _signals);
}
