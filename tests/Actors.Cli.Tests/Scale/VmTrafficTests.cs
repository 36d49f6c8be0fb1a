using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class VmTrafficTests
{
    private const long Second = 1_000_000_000;

    private readonly LineLatencies _latencies = new();
    private readonly byte[] _line = new byte[64];

    [Fact]
    public void A_closed_loop_sends_the_next_line_when_the_last_came_back()
    {
        var traffic = Echo(0);

        Assert.True(traffic.TryNext(1, _line));
        Assert.False(traffic.TryNext(2, _line));
        traffic.Arrive(_line, 1001);
        Assert.True(traffic.TryNext(1002, _line));

        Assert.Equal(128, traffic.BytesSent);
        Assert.Equal(1, _latencies.Read()[LatencyBuckets.Of(1000)]);
    }

    [Fact]
    public void A_rate_sends_a_line_when_it_is_due_and_never_more_than_a_window()
    {
        var traffic = Echo(10);

        Assert.True(traffic.TryNext(0, _line));
        Assert.False(traffic.TryNext((Second / 10) - 1, _line));
        Assert.True(traffic.TryNext(Second / 10, _line));
        var sent = 2;
        for (var now = Second; now < 100 * Second; now += Second / 10)
            sent += traffic.TryNext(now, _line) ? 1 : 0;

        Assert.Equal(VmTraffic.Window, sent);
    }

    [Fact]
    public void Nothing_is_sent_without_a_connection()
    {
        var traffic = new VmTraffic(new VmId(1), Plan(0), _latencies);

        Assert.False(traffic.TryNext(1, _line));
    }

    [Fact]
    public void Silence_of_a_VM_whose_node_stays_is_a_stall()
    {
        var traffic = Echo(0);
        traffic.TryNext(10, _line);

        Assert.Equal(Second, traffic.SilentFor(Second + 10));
        traffic.Arrive(_line, (3 * Second) + 10);

        Assert.Equal((3 * Second, 0), (traffic.LongestStall, traffic.LongestRestart));
    }

    [Fact]
    public void Silence_from_the_last_answer_to_the_first_of_the_next_incarnation_is_a_restart_and_its_line_was_in_flight()
    {
        var traffic = Echo(0);
        traffic.TryNext(10, _line);
        traffic.Disconnect(Second);
        Assert.True(traffic.IsSilent);
        traffic.Connect(4 * Second);
        Assert.True(traffic.TryNext(4 * Second, _line));
        traffic.Arrive(_line, 5 * Second);
        traffic.StopSending();
        traffic.Finish();

        Assert.Equal((0, (5 * Second) - 10), (traffic.LongestStall, traffic.LongestRestart));
        Assert.Equal((64, 0, 0), (traffic.Oracle.InFlight, traffic.Oracle.Lost, traffic.Oracle.Doubled));
        Assert.False(traffic.IsSilent);
        Assert.True(traffic.IsQuiet);
    }

    [Fact]
    public void A_line_that_never_comes_back_is_lost()
    {
        var traffic = Echo(0);
        traffic.TryNext(10, _line);
        traffic.StopSending();
        Assert.False(traffic.IsQuiet);

        traffic.Finish();

        Assert.Equal(64, traffic.Oracle.Lost);
    }

    [Fact]
    public void A_guest_that_sends_by_itself_is_judged_by_what_it_should_have_sent()
    {
        var traffic = new VmTraffic(new VmId(1), new ScalePlan { Guest = ScaleGuest.Lines, Backend = ScaleBackend.Stream, BytesPerVm = 640 }, _latencies);
        traffic.Connect(0);
        for (var number = 0; number < 9; number++)
        {
            NumberedLine.Write(_line, VmTraffic.KeyOf(new VmId(1)), number);
            traffic.Arrive(_line, number);
        }

        traffic.Finish(isWhole: true, written: 640);

        Assert.Equal((640, 64), (traffic.BytesSent, traffic.Oracle.Lost));
    }

    private static ScalePlan Plan(double rate) => new() { Guest = ScaleGuest.Echo, LineBytes = 64, LinesPerSecond = rate };

    private VmTraffic Echo(double rate)
    {
        var traffic = new VmTraffic(new VmId(1), Plan(rate), _latencies);
        traffic.Connect(0);
        return traffic;
    }
}
