using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>A port's way out over a backend that outlives it: whoever takes over goes on with exactly the next byte.</summary>
public sealed class PortTakeoverTests
{
    private const int Window = 50;
    private static readonly PortOutputPolicy Block = new(PortPolicyKind.Block, PortPolicyKind.Block, 0);

    [Fact]
    public void The_stream_is_the_guest_s_whoever_dies_whenever_under_block() => Gen.Byte.Array[0, 300].Sample(script =>
    {
        var guest = new byte[2000];
        new Random(3).NextBytes(guest);
        var shared = new SharedStream("s");
        var writers = new List<Writer>();
        TakeOver();
        foreach (var step in script)
        {
            var last = writers[^1];
            switch (step % 8)
            {
                case 0 when writers.Count < 10:
                    TakeOver();
                    break;
                case 2:
                    last.Backend.Acknowledge();
                    break;
                case 3:
                    // A zombie's bytes that were under way, and what it still wants to write.
                    var zombie = writers[step / 8 % writers.Count];
                    zombie.Send(guest, 1 + (step / 8), 0);
                    zombie.Backend.Deliver(step);
                    break;
                case 4 or 5:
                    last.Backend.Deliver(1 + (step / 8));
                    break;
                default:
                    // A device that took over repeats what its guest has not back.
                    last.Send(guest, 1 + (step / 8), step % 5);
                    break;
            }

            last.Output.Pump();
            Assert.True(guest.AsSpan().StartsWith(shared.Written()), "the stream is not the guest's");
            Assert.True(last.Output.Accepted <= shared.Position, "accepted before it was there");
        }

        for (var i = 0; shared.Position < guest.Length; i++)
        {
            Assert.True(i < 10_000, "it stands still");
            writers[^1].Send(guest, 100, 0);
            writers[^1].Backend.Deliver(Window);
            writers[^1].Backend.Acknowledge();
            writers[^1].Output.Pump();
        }

        Assert.Equal(guest, shared.Written());

        void TakeOver()
        {
            var fence = new FencingToken((ulong)writers.Count + 1);
            shared.Claim(fence);
            var backend = new AcknowledgingBackend(shared, fence, Window);
            var output = new PortOutput(backend, Block, new PortDropLog());
            output.Restore(new PortOrigin(1, 0, backend.Position!.Value, backend.Position.Value, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, 0));
            writers.Add(new Writer(backend, output));
        }
    });

    [Fact]
    public void What_is_under_way_at_a_reset_is_written_and_what_is_not_is_dropped() => Gen.Byte.Array[0, 200].Sample(script =>
    {
        var shared = new SharedStream("s");
        var backend = new AcknowledgingBackend(shared, new FencingToken(1), Window);
        var output = new PortOutput(backend, Block, new PortDropLog());
        var value = (byte)0;
        foreach (var step in script)
        {
            switch (step % 6)
            {
                case 0:
                    output.BeginEpoch();
                    break;
                case 1:
                    output.TakeEmergency(value++);
                    break;
                case 2:
                    backend.Acknowledge();
                    break;
                case 3:
                    backend.Deliver(step);
                    break;
                default:
                    var bytes = Enumerable.Range(0, 1 + (step / 6)).Select(_ => value++).ToArray();
                    output.Take(output.Received, bytes, bytes.Length);
                    break;
            }

            output.Pump();
            Assert.Equal(output.FromGuest, output.Written + output.Drops.Total + output.Unwritten);
        }

        for (var i = 0; i < 1000 && (output.Unwritten > 0 || backend.SentUntil > backend.Position); i++)
        {
            backend.Deliver(Window);
            backend.Acknowledge();
            output.Pump();
        }

        Assert.Equal(output.Written, shared.Position);
    });

    [Fact]
    public void The_way_is_kept_full_although_only_the_front_waits()
    {
        var backend = new AcknowledgingBackend(new SharedStream("s"), new FencingToken(1), Window);
        var output = new PortOutput(backend, Block, new PortDropLog());
        for (var i = 0; i < 20; i++)
            output.Take(output.Received, [1, 2, 3, 4], 4);

        output.Pump();

        Assert.Equal(Window, backend.SentUntil);
        Assert.Equal((0, BackendInterest.Write), (output.Accepted, output.Interest));
    }

    [Fact]
    public void A_fenced_port_writes_nothing_and_gives_nothing_back()
    {
        var shared = new SharedStream("s");
        var backend = new MemoryBackend(new NoEvents(), stream: shared, fence: new FencingToken(1));
        var output = new PortOutput(backend, Block, new PortDropLog());
        output.Take(0, [1, 2], 2);
        output.Pump();
        shared.Claim(new FencingToken(2));
        output.Take(2, [3], 1);
        output.Pump();

        Assert.True(output.IsFenced);
        Assert.True(output.TakeComplaint(out var complaint));
        Assert.StartsWith("fenced: ", complaint, StringComparison.Ordinal);
        output.Pump();
        Assert.False(output.TakeComplaint(out _));
        Assert.Equal((2L, 2L, 0L), (output.Written, output.Accepted, output.Drops.Total));
        Assert.Equal([1, 2], shared.Written());
    }

    private sealed record Writer(AcknowledgingBackend Backend, PortOutput Output)
    {
        /// <summary>As a device does: the next bytes of the guest, from where this port is.</summary>
        public void Send(byte[] guest, int count, int repeated)
        {
            var at = Math.Max(0, (int)Output.Received - repeated);
            var length = Math.Min(count, guest.Length - at);
            if (length > 0 && Output.Unwritten < 500)
                Output.Take(at, guest.AsSpan(at, length).ToArray(), length);
            Output.Pump();
        }
    }

    private sealed class NoEvents : IPortBackendEvents
    {
        public void Signal(BackendInterest ready)
        {
        }
    }
}
