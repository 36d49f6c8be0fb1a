using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

[Collection(BackendCollection.Name)]
public sealed class TtyBackendTests : IDisposable
{
    private readonly BackendSignals _signals = new();
    private readonly TestTerminal _terminal = new();

    public void Dispose() => _terminal.Dispose();

    [Fact]
    public void Bytes_pass_in_both_directions()
    {
        using var tty = Open();

        _terminal.Master.Write("in"u8);
        Assert.Equal("in", tty.ReadText(_signals, 2));

        Assert.Equal(BackendStatus.Done, tty.Write("out\n").Status);
        var bytes = new byte[5];
        _terminal.Master.ReadExactly(bytes);
        Assert.Equal("out\r\n"u8.ToArray(), bytes);
    }

    [Fact]
    public void The_terminal_is_raw_meanwhile_with_output_processing_and_comes_back_as_it_was()
    {
        var before = _terminal.Modes;
        using (Open())
        {
            var raw = _terminal.Modes;
            Assert.NotEqual(before, raw);
            Assert.Equal(0u, raw.Local & (LinuxSpec.ISIG | LinuxSpec.ICANON | LinuxSpec.ECHO | LinuxSpec.IEXTEN));
            Assert.Equal(0u, raw.Input & (LinuxSpec.ICRNL | LinuxSpec.IXON));
            Assert.Equal(LinuxSpec.OPOST, raw.Output & LinuxSpec.OPOST);
            Assert.Equal(LinuxSpec.CLOCAL | LinuxSpec.CS8, raw.Control & (LinuxSpec.CLOCAL | LinuxSpec.CSIZE | LinuxSpec.PARENB));
        }

        Assert.Equal(before, _terminal.Modes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_last_of_two_users_brings_the_modes_back_in_whichever_order_they_leave(bool firstLeavesFirst)
    {
        var before = _terminal.Modes;
        var first = Open();
        var raw = _terminal.Modes;
        var second = Open();

        (firstLeavesFirst ? first : second).Dispose();
        Assert.Equal(raw, _terminal.Modes);
        (firstLeavesFirst ? second : first).Dispose();

        Assert.Equal(before, _terminal.Modes);
    }

    [Fact]
    public void Every_way_out_brings_the_modes_back_also_twice()
    {
        var before = _terminal.Modes;
        using (Open())
        {
            ExitActions.RunAll();
            Assert.Equal(before, _terminal.Modes);
            TerminalModes.RestoreAll();
        }

        Assert.Equal(before, _terminal.Modes);
    }

    [Fact]
    public void A_hang_up_ends_the_input_and_fails_the_output_without_a_busy_loop()
    {
        using var tty = Open();
        tty.Arm(BackendInterest.Read);

        _terminal.HangUp();

        Assert.Equal(BackendInterest.Read, _signals.Next());
        Assert.Contains(tty.ReadToEnd(_signals).Status, new[] { BackendStatus.EndOfInput, BackendStatus.Failed });
        var failed = tty.Write("x");
        Assert.Equal(BackendStatus.Failed, failed.Status);
        Assert.StartsWith($"terminal '{_terminal.Name}': ", failed.Error, StringComparison.Ordinal);
        tty.Arm(BackendInterest.Read | BackendInterest.Write);
        Assert.True(_signals.StaysSilent());
    }

    [Fact]
    public void The_window_s_size_is_known_when_it_was_set()
    {
        using var tty = Open();
        Assert.False(((ISizedBackend)tty).TryGetSize(out _, out _));

        _terminal.SetSize(columns: 100, rows: 30);

        Assert.True(((ISizedBackend)tty).TryGetSize(out var columns, out var rows));
        Assert.Equal((100, 30), (columns, rows));
    }

    [Theory]
    [InlineData("/dev/null", "it is not a terminal")]
    [InlineData("/dev/there-is-no-such-terminal", "it doesn't exist")]
    [InlineData("/tmp", "it is a directory")]
    [InlineData(null, "needs a path")]
    [InlineData("", "needs a path")]
    [InlineData("/dev/n\0ull", "NUL character")]
    public void What_is_no_terminal_is_refused(string? path, string reason) =>
        Assert.Contains(reason, Ports.Refused(BackendKind.Tty, path), StringComparison.Ordinal);

    [Fact]
    public void Nothing_stays_open()
    {
        var before = OpenDescriptors.Snapshot();

        using (var tty = Open())
            tty.Arm(BackendInterest.Read);

        Assert.Equal(before, OpenDescriptors.Snapshot());
    }

    private IPortBackend Open() => Ports.Open(BackendKind.Tty, _signals, _terminal.Name);
}
