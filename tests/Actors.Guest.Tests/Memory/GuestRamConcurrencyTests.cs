namespace Actors.Guest.Tests;

public sealed class GuestRamConcurrencyTests
{
    private const int Writers = 2;

    /// <summary>Neighbouring pages; pages that each need a table; pages that each need two.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4096)]
    public void Writers_that_touch_a_page_first_at_the_same_time_all_keep_their_bytes(ulong stride)
    {
        const int Pages = 3000;
        const ulong Start = 1UL << 32;
        var ram = new GuestRam(1UL << 38);
        var meeting = 0;

        InThreads(Writers, writer =>
        {
            for (var page = 0; page < Pages; page++)
            {
                // The writers meet before each page, without sleeping, so that they come to it within nanoseconds of each other.
                Interlocked.Increment(ref meeting);
                for (var spin = default(SpinWait); Volatile.Read(ref meeting) < Writers * (page + 1);)
                    spin.SpinOnce(sleep1Threshold: -1);

                ram.TryWriteUInt32(AddressOf(page, writer), (uint)(page + writer + 1));
            }
        });

        for (var page = 0; page < Pages; page++)
        {
            for (var writer = 0; writer < Writers; writer++)
            {
                Assert.True(ram.TryReadUInt32(AddressOf(page, writer), out var value));
                Assert.Equal((uint)(page + writer + 1), value);
            }
        }

        Assert.Equal(Pages, ram.TouchedPages);

        ulong AddressOf(int page, int writer) => Start + ((ulong)page * stride * 4096) + ((ulong)writer * 4);
    }

    [Fact]
    public void What_was_written_before_an_index_is_seen_by_who_reads_the_index()
    {
        const uint Rounds = 200_000;
        const ulong Index = 0x2000;
        var ram = new GuestRam(1 << 16);
        var torn = 0;

        InThreads(2, side =>
        {
            var data = new byte[4];
            if (side == 0)
            {
                for (uint i = 1; i <= Rounds; i++)
                {
                    ram.TryWrite(0x1000 + ((i % 64) * 4), BitConverter.GetBytes(i));
                    ram.TryWriteUInt32(Index, i);
                }
            }
            else
            {
                for (uint seen = 0; seen < Rounds;)
                {
                    ram.TryReadUInt32(Index, out seen);
                    ram.TryRead(0x1000 + ((seen % 64) * 4), data);
                    if (BitConverter.ToUInt32(data) < seen)
                        torn++;
                }
            }
        });

        Assert.Equal(0, torn);
    }

    [Fact]
    public void Clearing_under_readers_and_writers_hurts_nobody()
    {
        var ram = new GuestRam(1 << 20);

        InThreads(3, side =>
        {
            var buffer = new byte[5000];
            for (var i = 0; i < 20_000; i++)
            {
                var address = (ulong)(i * 37 % (1 << 19));
                if (side == 0)
                {
                    ram.Clear();
                }
                else if (side == 1)
                {
                    Assert.True(ram.TryWrite(address, buffer));
                }
                else
                {
                    Assert.True(ram.TryRead(address, buffer));
                }
            }
        });

        ram.Clear();
        Assert.Equal(0, ram.TouchedPages);
    }

    private static void InThreads(int count, Action<int> work)
    {
        Exception? failure = null;
        var threads = Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            try
            {
                work(i);
            }
            catch (Exception error)
            {
                failure = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Null(failure);
    }
}
