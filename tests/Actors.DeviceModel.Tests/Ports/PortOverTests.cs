using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>When a port says that its other end is closed, and that nothing comes any more.</summary>
public sealed class PortOverTests : IPortEffects, IDisposable
{
    private readonly LeavingBackend _backend = new();
    private readonly List<PortHop.Input> _inputs = [];
    private readonly List<string> _complaints = [];
    private PortHop.Status? _status;

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void A_peer_that_left_is_told_of_when_all_it_sent_was_given()
    {
        var port = Begin(BackendKind.Socket);
        _backend.LeaveBehind("all of it"u8.ToArray());
        port.Signalled();
        Assert.True(_status is null or { IsOpen: true });

        port.Take(Grant(1, 0, 100));
        Assert.Equal(9, Assert.Single(_inputs).Length);
        Assert.True(_status is null or { IsOpen: true });

        port.Take(Grant(2, 9, 100));
        Assert.False(_status!.IsOpen);
        Assert.False(_status.IsOver);
    }

    [Fact]
    public void A_port_whose_output_failed_is_closed_and_over()
    {
        var port = Begin(BackendKind.Stdio);
        _backend.FailWrites();

        port.Take(new PortHop.Write(1, 0, [1, 2, 3], 3));

        Assert.False(_status!.IsOpen);
        Assert.True(_status.IsOver);
        Assert.Equal(3, port.Report.Dropped);
    }

    [Fact]
    public void Bytes_that_a_backend_holds_keep_a_port_from_closing_and_are_counted_in_the_end()
    {
        var port = Begin(BackendKind.Pty);
        port.Take(new PortHop.Write(1, 0, new byte[10], 10));
        _backend.Held = 4;
        Assert.False(port.IsFlushed);

        port.Close();

        Assert.Equal((10, 6, 4), (port.Report.FromGuest, port.Report.Written, port.Report.Dropped));
        Assert.Equal(new PortDrop(6, 4, PortDropReason.Closed), Assert.Single(port.Drops.Runs));
    }

    [Fact]
    public void What_a_backend_warns_of_while_it_is_waited_for_is_said_once_each_time_that_it_begins()
    {
        var port = Begin(BackendKind.Stream);
        _backend.Warning = "the name leads nowhere (at first)";
        port.Signalled();
        _backend.Warning = "the name leads nowhere (still)";
        port.Signalled();
        Assert.Equal(["the name leads nowhere (at first)"], _complaints);

        _backend.Warning = null;
        port.Signalled();
        _backend.Warning = "the name leads nowhere (again)";
        port.Signalled();
        Assert.Equal(2, _complaints.Count);
    }

    void IPortEffects.Send(PortHop.Status status) => _status = status;

    void IPortEffects.Send(PortHop.Input input) => _inputs.Add(input);

    void IPortEffects.Watch()
    {
    }

    void IPortEffects.YieldTurn()
    {
    }

    void IPortEffects.WaitSecond()
    {
    }

    void IPortEffects.Moved(bool output, long bytes)
    {
    }

    void IPortEffects.Complain(string complaint) => _complaints.Add(complaint);

    private static PortHop.Grant Grant(uint number, long delivered, int credit) => new(1, number, delivered, credit, 0, 0);

    private Port Begin(BackendKind kind)
    {
        var port = new Port(0, _backend, new ConsolePortSpec("p", true, kind), this);
        port.Begin();
        return port;
    }

    /// <summary>A backend whose peer may leave with input unread, or break, or leave output unread.</summary>
    private sealed class LeavingBackend : IPortBackend, IHoldingBackend
    {
        private byte[] _rest = [];
        private bool _fails;

        public string? Warning { get; set; }

        public string? Notice => null;

        public bool IsConnected { get; private set; } = true;

        public bool HasInputOfLeavers { get; private set; }

        public long Held { get; set; }

        public bool HoldsOutput => Held > 0;

        public void LeaveBehind(byte[] rest)
        {
            _rest = rest;
            IsConnected = false;
            HasInputOfLeavers = true;
        }

        public void FailWrites() => _fails = true;

        public long TakeHeldOutput() => Held;

        public BackendResult TryWrite(ReadOnlySpan<byte> data) =>
            _fails ? new BackendResult(BackendStatus.Failed, 0, "broken") : new BackendResult(BackendStatus.Done, data.Length);

        public BackendResult TryRead(Span<byte> destination)
        {
            if (_rest.Length == 0)
            {
                HasInputOfLeavers = false;
                return new BackendResult(IsConnected ? BackendStatus.WouldBlock : BackendStatus.Disconnected);
            }

            var count = _rest.Length;
            _rest.CopyTo(destination);
            _rest = [];
            return new BackendResult(BackendStatus.Done, count);
        }

        public void Arm(BackendInterest interest)
        {
        }

        public void Dispose()
        {
        }
    }
}
