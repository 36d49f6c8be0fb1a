using Actors.Guest;

namespace Actors.Cli.Tests;

public sealed class LineOracleTests
{
    private const uint Key = 7;
    private const int Length = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(Length)]
    [InlineData(1000)]
    public void Lines_in_order_are_clean_however_they_are_cut(int piece)
    {
        var oracle = Fed(Stream(0, 100), piece);

        oracle.Finish(100);

        Assert.Equal((4000, 0, 0, 100), (oracle.Arrived, oracle.Lost, oracle.Doubled, oracle.Next));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(39, 1)]
    [InlineData(40, 40)]
    [InlineData(55, 200)]
    [InlineData(100, 1333)]
    [InlineData(3990, 10)]
    public void A_gap_is_counted_to_the_byte(int at, int count)
    {
        var stream = Stream(0, 100);
        var oracle = Fed([.. stream[..at], .. stream[(at + count)..]], 33);

        oracle.Finish(100);

        Assert.Equal((count, 0), (oracle.Lost, oracle.Doubled));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(39, 2)]
    [InlineData(40, 40)]
    [InlineData(55, 200)]
    [InlineData(100, 1333)]
    public void A_repetition_is_counted_to_the_byte(int at, int count)
    {
        var stream = Stream(0, 100);
        var oracle = Fed([.. stream[..(at + count)], .. stream[at..]], 33);

        oracle.Finish(100);

        Assert.Equal((0, count), (oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void A_changed_byte_is_missing_and_there_is_one_that_should_not_be()
    {
        var stream = Stream(0, 10);
        stream[123] ^= 1;
        var oracle = Fed(stream, 50);

        oracle.Finish(10);

        Assert.Equal((1, 1), (oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void Lines_of_another_sender_are_wrong()
    {
        var foreign = new byte[Length];
        NumberedLine.Write(foreign, Key + 1, 3);
        var oracle = Fed([.. Stream(0, 3), .. foreign, .. Stream(3, 10)], 64);

        oracle.Finish(10);

        Assert.Equal((0, Length), (oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void What_never_came_at_the_end_is_lost()
    {
        var oracle = Fed(Stream(0, 10)[..^3], 64);

        oracle.Finish(12);

        Assert.Equal((3 + (2 * Length), 0), (oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void What_was_on_a_connection_that_broke_was_in_flight_and_what_is_missing_later_is_lost()
    {
        var stream = Stream(0, 20);
        var oracle = Fed(stream[..(5 * Length + 11)], 64);
        oracle.Interrupt(8);
        oracle.Take(stream.AsSpan(8 * Length, 2 * Length));
        oracle.Take(stream.AsSpan(11 * Length));

        oracle.Finish(20);

        Assert.Equal(((3 * Length) - 11, Length, 0), (oracle.InFlight, oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void Coming_again_is_never_excused()
    {
        var oracle = Fed(Stream(0, 5), 64);
        oracle.Interrupt(8);
        oracle.Take(Stream(3, 10));

        oracle.Finish(10);

        Assert.Equal((0, 2 * Length), (oracle.Lost, oracle.Doubled));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    [InlineData(7 * Length)]
    [InlineData((7 * Length) + 17)]
    public void A_new_incarnation_begins_anew(int before)
    {
        var oracle = Fed(Stream(0, 10)[..before], 64);
        oracle.AllowRestart();
        oracle.Take(Stream(0, 10));

        oracle.Finish(10);

        Assert.Equal((0, 0, 10), (oracle.Lost, oracle.Doubled, oracle.Next));
        Assert.Equal(before == 0 ? 0 : 1, oracle.Restarts);
        Assert.Equal(10 * Length, oracle.ArrivedInLife);
    }

    [Fact]
    public void What_goes_on_where_it_was_is_no_restart_and_may_not_begin_anew_later()
    {
        var oracle = Fed(Stream(0, 5), 64);
        oracle.AllowRestart();
        oracle.Take(Stream(5, 7));
        oracle.Take(Stream(0, 2));
        oracle.Take(Stream(7, 8));

        oracle.Finish(8);

        Assert.Equal((0, 0, 2 * Length), (oracle.Restarts, oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void Rubbish_without_end_is_counted_and_not_kept()
    {
        var oracle = new LineOracle(Key, Length);
        for (var i = 0; i < 40; i++)
            oracle.Take(new byte[64 * 1024]);
        oracle.Take(Stream(0, 2));

        oracle.Finish(2);

        Assert.Equal((0, 40 * 64 * 1024), (oracle.Lost, oracle.Doubled));
    }

    [Fact]
    public void A_stopped_sender_has_lost_what_its_backend_took_and_nobody_got()
    {
        var oracle = Fed(Stream(0, 5)[..^7], 64);

        oracle.FinishBytes((5 * Length) - 3);

        Assert.Equal((4, 0), (oracle.Lost, oracle.Doubled));
    }

    private static LineOracle Fed(byte[] stream, int piece)
    {
        var oracle = new LineOracle(Key, Length);
        foreach (var part in stream.Chunk(piece))
            oracle.Take(part);
        return oracle;
    }

    private static byte[] Stream(int from, int until)
    {
        var stream = new byte[(until - from) * Length];
        for (var number = from; number < until; number++)
            NumberedLine.Write(stream.AsSpan((number - from) * Length, Length), Key, number);
        return stream;
    }
}
