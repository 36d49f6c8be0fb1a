using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

public sealed class MemoryBackendTests
{
    private readonly BackendSignals _signals = new();

    [Fact]
    public void The_default_factory_s_memory_port_is_a_sink_that_counts_and_has_no_input()
    {
        using var backend = new PortBackendFactory().Open(Ports.Of(BackendKind.Memory), _signals, default);

        Assert.Equal(new BackendResult(BackendStatus.Done, 5), backend.Write("hello"));
        Assert.Equal(BackendStatus.WouldBlock, backend.TryRead(new byte[8]).Status);
        backend.Arm(BackendInterest.Read);

        var memory = Assert.IsType<MemoryBackend>(backend);
        Assert.Equal(5, memory.WrittenCount);
        Assert.Empty(memory.Written());
        Assert.Equal(0, _signals.Pending);
    }

    [Fact]
    public void Output_is_kept_up_to_the_bound_and_counted_beyond_it()
    {
        using var backend = new MemoryBackend(_signals, recordLimit: 4);

        backend.Write("abc");
        backend.Write("def");

        Assert.Equal("abcd"u8.ToArray(), backend.Written());
        Assert.Equal(6, backend.WrittenCount);
    }

    [Fact]
    public void Fed_input_is_signalled_to_whoever_waits_read_in_pieces_and_ends_when_told()
    {
        using var backend = new MemoryBackend(_signals);
        backend.Arm(BackendInterest.Read);
        Assert.Equal(0, _signals.Pending);

        backend.Feed("hello"u8);
        backend.EndInput();

        Assert.Equal(BackendInterest.Read, _signals.Next());
        Assert.Equal(0, _signals.Pending);
        Assert.Equal("hel", backend.ReadText(_signals, 3));
        Assert.Equal("lo", backend.ReadText(_signals, 2));
        Assert.Equal(BackendStatus.EndOfInput, backend.TryRead(new byte[8]).Status);
        backend.Arm(BackendInterest.Read);
        Assert.Equal(0, _signals.Pending);
    }

    [Fact]
    public void Arming_tells_at_once_what_holds_already()
    {
        using var backend = new MemoryBackend(_signals);
        backend.Feed("x"u8);

        backend.Arm(BackendInterest.Read | BackendInterest.Write | BackendInterest.Connect);

        Assert.Equal(BackendInterest.Read | BackendInterest.Write, _signals.Next());
        Assert.Equal(BackendInterest.Connect, backend.Wanted);
    }

    [Fact]
    public void Writes_answer_as_scripted_in_order()
    {
        using var backend = new MemoryBackend(_signals, recordLimit: 100);
        backend.ScriptWrites(MemoryOutcome.Short(2), MemoryOutcome.WouldBlock, MemoryOutcome.Full, MemoryOutcome.Failed, MemoryOutcome.Disconnected);

        Assert.Equal(new BackendResult(BackendStatus.Done, 2), backend.Write("abcd"));
        Assert.Equal(BackendStatus.WouldBlock, backend.Write("cd").Status);
        Assert.NotNull(backend.Write("cd").Error);
        Assert.Equal(BackendStatus.Failed, backend.Write("cd").Status);
        Assert.Equal(BackendStatus.Disconnected, backend.Write("cd").Status);
        Assert.Equal(BackendStatus.Done, backend.Write("cd").Status);
        Assert.Equal("abcd"u8.ToArray(), backend.Written());
    }

    [Fact]
    public void Reads_answer_as_scripted_in_order()
    {
        using var backend = new MemoryBackend(_signals);
        backend.Feed("abcd"u8);
        backend.ScriptReads(MemoryOutcome.Short(1), MemoryOutcome.WouldBlock, MemoryOutcome.Failed);

        Assert.Equal(1, backend.TryRead(new byte[8]).Count);
        Assert.Equal(BackendStatus.WouldBlock, backend.TryRead(new byte[8]).Status);
        Assert.Equal(BackendStatus.Failed, backend.TryRead(new byte[8]).Status);
        Assert.Equal(3, backend.TryRead(new byte[8]).Count);
        Assert.Equal(4, backend.ReadCount);
    }

    [Fact]
    public void Held_writes_signal_once_when_they_are_released()
    {
        using var backend = new MemoryBackend(_signals);
        backend.HoldWrites(MemoryOutcome.WouldBlock);
        Assert.Equal(BackendStatus.WouldBlock, backend.Write("x").Status);
        Assert.Equal(BackendStatus.WouldBlock, backend.Write("x").Status);
        backend.Arm(BackendInterest.Write);
        Assert.Equal(0, _signals.Pending);

        backend.ReleaseWrites();
        backend.ReleaseWrites();

        Assert.Equal(BackendInterest.Write, _signals.Next());
        Assert.Equal(0, _signals.Pending);
        Assert.Equal(BackendStatus.Done, backend.Write("x").Status);
    }

    [Fact]
    public void A_peer_goes_and_comes()
    {
        using var backend = new MemoryBackend(_signals);
        backend.Arm(BackendInterest.Connect);
        backend.Disconnect();
        Assert.Equal(BackendInterest.Connect, _signals.Next());
        Assert.False(backend.IsConnected);
        Assert.Equal(BackendStatus.Disconnected, backend.Write("x").Status);
        Assert.Equal(BackendStatus.Disconnected, backend.TryRead(new byte[1]).Status);

        backend.Arm(BackendInterest.Connect | BackendInterest.Write);
        Assert.Equal(0, _signals.Pending);
        backend.Connect();

        Assert.Equal(BackendInterest.Connect | BackendInterest.Write, _signals.Next());
        Assert.True(backend.IsConnected);
    }

    [Fact]
    public void After_it_was_disposed_nothing_is_signalled_or_moved()
    {
        var backend = new MemoryBackend(_signals);
        backend.Arm(BackendInterest.Read | BackendInterest.Connect);
        backend.Dispose();

        backend.Feed("x"u8);
        backend.Disconnect();
        backend.Arm(BackendInterest.Read);

        Assert.True(backend.IsDisposed);
        Assert.Equal(0, _signals.Pending);
        Assert.Equal(BackendStatus.Disconnected, backend.Write("x").Status);
    }

    [Fact]
    public void The_factory_finds_backends_by_port_name()
    {
        var factory = new MemoryBackendFactory(recordLimit: 10);
        var first = factory.Open(Ports.Of(BackendKind.Memory), _signals, default);
        var second = factory.Open(Ports.Of(BackendKind.Stdio), _signals, default);
        first.Write("ab");
        second.Write("c");

        Assert.Same(second, factory["tty0"]);
        Assert.Equal([first, second], factory.All("tty0"));
        Assert.Equal(3, factory.TotalWritten());
        Assert.Empty(factory.All("other"));
        Assert.Throws<KeyNotFoundException>(() => factory["other"]);
    }

    [Fact]
    public void The_factory_refuses_as_scripted_and_leaves_other_kinds_to_others()
    {
        using var folder = new TemporaryFolder();
        var factory = new MemoryBackendFactory(others: new PortBackendFactory());
        using var memory = factory.Open(Ports.Of(BackendKind.Memory), _signals, default);
        Assert.IsType<MemoryBackend>(memory);
        Assert.Throws<BackendOpenException>(() => factory.Open(Ports.Of(BackendKind.Tty, folder.Path), _signals, default));

        factory.Refuse("tty0", "no.");

        Assert.Equal("no.", Assert.Throws<BackendOpenException>(() => factory.Open(Ports.Of(BackendKind.Memory), _signals, default)).Message);
    }
}
