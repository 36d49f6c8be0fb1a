using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>What each policy does with bytes that the backend doesn't take.</summary>
public sealed class PortOutputTests : IDisposable
{
    private readonly MemoryBackend _backend = new(new Silence(), int.MaxValue);

    public void Dispose() => _backend.Dispose();

    public static TheoryData<BackendKind, PortPolicyKind, PortPolicyKind> Defaults => new()
    {
        { BackendKind.Stdio, PortPolicyKind.Block, PortPolicyKind.Block },
        { BackendKind.Tty, PortPolicyKind.Block, PortPolicyKind.Block },
        { BackendKind.File, PortPolicyKind.Block, PortPolicyKind.Block },
        { BackendKind.Pty, PortPolicyKind.Buffer, PortPolicyKind.Buffer },
        { BackendKind.Socket, PortPolicyKind.Block, PortPolicyKind.Buffer },
    };

    [Theory]
    [MemberData(nameof(Defaults))]
    public void A_port_without_a_policy_has_its_backends(BackendKind kind, PortPolicyKind connected, PortPolicyKind disconnected)
    {
        var policy = PortOutputPolicy.Of(new ConsolePortSpec("p", true, kind));
        Assert.Equal((connected, disconnected), (policy.Now(true), policy.Now(false)));
        Assert.Equal(connected == PortPolicyKind.Buffer || disconnected == PortPolicyKind.Buffer ? 65536 : 0, policy.BufferBytes);
    }

    [Theory]
    [InlineData(PortPolicyKind.Block, 0, 0)]
    [InlineData(PortPolicyKind.Buffer, 10, 6)]
    [InlineData(PortPolicyKind.Drop, 10, 10)]
    public void Ten_bytes_to_a_backend_that_takes_nothing(PortPolicyKind kind, int accepted, int dropped)
    {
        var output = Output(new PortPolicy(kind, kind == PortPolicyKind.Buffer ? 4 : 0));
        _backend.HoldWrites(MemoryOutcome.WouldBlock);
        output.Take(0, "0123456789"u8.ToArray(), 10);
        output.Pump();

        Assert.Equal(accepted, output.Accepted);
        Assert.Equal(dropped, output.Drops.Total);
        Assert.Equal(kind == PortPolicyKind.Drop ? BackendInterest.None : BackendInterest.Write, output.Interest);

        _backend.ReleaseWrites();
        output.Pump();
        Assert.Equal(10, output.Accepted);
        var expected = kind switch { PortPolicyKind.Block => "0123456789", PortPolicyKind.Buffer => "6789", _ => string.Empty };
        Assert.Equal(expected, System.Text.Encoding.ASCII.GetString(_backend.Written()));
    }

    [Fact]
    public void A_repetition_and_a_gap_are_refused()
    {
        var output = Output(PortPolicy.Block);
        Assert.True(output.Take(0, [1, 2], 2));
        Assert.False(output.Take(0, [1, 2], 2));
        Assert.False(output.Take(3, [4], 1));
        Assert.True(output.Take(2, [3], 1));
        output.Pump();
        Assert.Equal([1, 2, 3], _backend.Written());
    }

    [Fact]
    public void A_backend_of_single_bytes_does_not_keep_the_port_from_everything_else()
    {
        var output = Output(PortPolicy.Block);
        _backend.ScriptWrites([.. Enumerable.Repeat(MemoryOutcome.Short(1), 10_000)]);
        output.Take(0, new byte[1000], 1000);
        output.Pump();
        Assert.True(output.NeedsTurn);
        Assert.Equal(PortOutput.MaxCalls, output.Accepted);
    }

    [Fact]
    public void A_new_epoch_drops_what_was_not_taken_and_keeps_what_was_accepted()
    {
        var output = Output(new PortPolicy(PortPolicyKind.Buffer, 100));
        _backend.HoldWrites(MemoryOutcome.WouldBlock);
        output.Take(0, "kept"u8.ToArray(), 4);
        output.Pump();
        output.BeginEpoch();
        Assert.True(output.Take(0, "new"u8.ToArray(), 3));
        _backend.ReleaseWrites();
        output.Pump();
        Assert.Equal("keptnew"u8.ToArray(), _backend.Written());
        Assert.Equal(0, output.Drops.Total);
    }

    [Fact]
    public void The_drop_log_is_bounded_and_its_sum_is_not()
    {
        var log = new PortDropLog(maxRuns: 3);
        for (var i = 0; i < 100; i++)
            log.Add(i * 10, 1, PortDropReason.Policy);
        log.Add(5000, 2, PortDropReason.Policy);
        log.Add(5002, 2, PortDropReason.Policy);
        Assert.Equal(3, log.Runs.Count);
        Assert.Equal(104, log.Total);
        Assert.Equal(101, log.Unlisted);
    }

    private PortOutput Output(PortPolicy policy) =>
        new(_backend, PortOutputPolicy.Of(new ConsolePortSpec("p", true, BackendKind.Memory, Policy: policy)), new PortDropLog());

    private sealed class Silence : IPortBackendEvents
    {
        public void Signal(BackendInterest ready)
        {
        }
    }
}
