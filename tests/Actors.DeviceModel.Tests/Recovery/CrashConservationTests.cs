using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// F33-F39 against I1, I2, I9, I10, I14, I19, L3 and L4: wherever device and ports crash, and however often, the backend gets the bytes and the guest its input and
/// its buffers as if nobody had.
/// </summary>
public class CrashConservationTests
{
    private const int Iterations = 300;

    /// <summary>Whether the guest's RAM is on another node.</summary>
    protected virtual bool IsRemote => false;

    public static TheoryData<string> Sites => [.. CrashSite.All.Select(site => site.Name), "receipt"];

    [Fact]
    public void Under_block_no_byte_is_lost_or_doubled_wherever_it_crashes() =>
        Gen.Int.Sample(seed => Output(seed, PortPolicy.Block, lossy: false), iter: Iterations);

    [Fact]
    public void Nor_when_messages_are_lost_and_doubled_too() =>
        Gen.Int.Sample(seed => Output(seed, PortPolicy.Block, lossy: true), iter: Iterations);

    [Fact]
    public void Under_buffer_and_drop_the_drop_log_accounts_for_what_is_missing() =>
        Gen.Int.Sample(seed => Output(seed, seed % 2 == 0 ? new PortPolicy(PortPolicyKind.Buffer, 100) : PortPolicy.Drop, lossy: false), iter: Iterations);

    [Fact]
    public void Input_arrives_whole_and_in_order_wherever_it_crashes() => Gen.Int.Sample(seed => Input(seed, lossy: false), iter: Iterations);

    [Fact]
    public void So_it_does_when_messages_are_lost_and_doubled_too() => Gen.Int.Sample(seed => Input(seed, lossy: true), iter: Iterations);

    [Theory]
    [MemberData(nameof(Sites))]
    public void Every_occurrence_of_a_site_is_survived_once(string name)
    {
        for (var nth = 1; nth <= 60; nth++)
        {
            var rig = Start(PortPolicy.Block, eventIndex: nth % 2 == 0);
            rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(3), MemoryOutcome.WouldBlock);
            var left = nth;
            rig.Crash = site => (site?.Name ?? "receipt") == name && --left == 0;
            var sent = new SentStream();
            var random = new Random(nth);
            for (var i = 0; i < 12; i++)
            {
                sent.Send(rig, random);
                rig.Ports[0].Backend.Feed([(byte)i, (byte)(i + 1)]);
                Offer(rig, 0, 1, 8);
                rig.Run(random.Next(12));
            }

            rig.Crash = null;
            rig.Settle();
            Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());
            Assert.Equal(12, rig.TakeUsed(1).Count);
            Assert.Equal(24, rig.TakeUsed(0).Sum(used => used.Length));
            Assert.Empty(rig.Faults);
        }
    }

    [Fact]
    public void The_sites_of_the_write_behind_are_passed_too()
    {
        var rig = Start(new PortPolicy(PortPolicyKind.Buffer, 1000), eventIndex: false);
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        var sent = new SentStream();
        sent.Send(rig, new Random(1));
        rig.Settle();
        Assert.Single(rig.TakeUsed(1));

        var crashes = 5;
        rig.Crash = site => site == CrashSite.BeforeBackendWrite && --crashes >= 0;
        rig.Ports[0].Backend.ReleaseWrites();
        rig.Settle();

        Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());
        Assert.Equal(5, rig.Crashes);
    }

    [Fact]
    public void Nothing_of_the_old_life_follows_a_reset_that_crashed() => Gen.Int.Sample(
        seed =>
        {
            var random = new Random(seed);
            var rig = Start(PortPolicy.Block, eventIndex: random.Next(2) == 0);
            rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
            var sent = new SentStream();
            for (var i = 0; i < 5; i++)
                sent.Send(rig, random);
            Offer(rig, 0, 5, 100);
            rig.Run(random.Next(60));
            rig.Crash = _ => random.Next(6) == 0;
            if (random.Next(2) == 0)
                rig.Ports[0].Backend.ReleaseWrites();

            var written = rig.Reset();
            var memory = rig.Memory.Ram.ToArray();
            rig.Interrupts.Clear();
            rig.Ports[0].Backend.ReleaseWrites();
            rig.Ports[0].Backend.Feed(new byte[50]);
            rig.Settle();
            rig.Crash = null;
            rig.Settle();

            Assert.Equal(written[0], rig.Ports[0].Backend.WrittenCount);
            Assert.True(memory.AsSpan().SequenceEqual(rig.Memory.Ram));
            Assert.Empty(rig.Interrupts);

            // And the next life works, with the input that nobody got.
            rig.BringUp(eventIndex: true);
            var from = rig.Ports[0].Backend.Written().Length;
            sent = new SentStream();
            sent.Send(rig, random);
            Offer(rig, 0, 2, 100);
            rig.Settle();
            Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written()[from..]);
            Assert.Equal(50, rig.TakeUsed(0).Sum(used => used.Length));
        },
        iter: Iterations);

    [Fact]
    public void A_superseded_device_changes_nothing_any_more()
    {
        var rig = Start(PortPolicy.Block, eventIndex: false);
        var zombie = rig.Device;
        var crash = true;
        rig.Crash = _ => crash && !(crash = false);
        rig.Tick();
        rig.Crash = null;
        Assert.NotSame(zombie, rig.Device);
        rig.Settle();

        var sent = new SentStream();
        sent.Send(rig, new Random(2));
        var record = rig.Life.Record.Progress;
        var memory = rig.Memory.Ram.ToArray();
        zombie.Resume();
        zombie.Repeat();
        Assert.Null(zombie.Take(new DeviceHop.Access(1, 0, 1_000_000, VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceStatus, IoAccess.Store(0, 1, 0))));
        zombie.Take(new PortHop.Status(0, 1_000_000, 1, 1000, 1000, 1, 1, 0, true, 0, 0, false, zombie.Incarnation));
        Assert.Equal(record, rig.Life.Record.Progress);
        Assert.True(memory.AsSpan().SequenceEqual(rig.Memory.Ram));

        // What it said to the port before is not taken either.
        rig.Ports[0].Core.Take(new PortHop.Write(2, 0, [1, 2, 3], 3, zombie.Incarnation));
        rig.Settle();
        Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());
    }

    private CrashRig Start(PortPolicy policy, bool eventIndex) =>
        new CrashRig(IsRemote, new ConsolePortSpec("a", true, BackendKind.Memory, Policy: policy), new ConsolePortSpec("b", false, BackendKind.Memory)).BringUp(eventIndex);

    private void Output(int seed, PortPolicy policy, bool lossy)
    {
        var random = new Random(seed);
        var rig = Start(policy, eventIndex: random.Next(2) == 0);
        var backend = rig.Ports[0].Backend;
        var odds = random.Next(3, 30);
        rig.Crash = _ => random.Next(odds) == 0;
        if (lossy)
            rig.Arrivals = () => random.Next(8) switch { 0 => 0, 1 => 2, _ => 1 };
        var sent = new SentStream();
        var used = new List<uint>();
        var chains = 0;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(8))
            {
                case < 3:
                    if (chains - used.Count < 12)
                    {
                        sent.Send(rig, random);
                        chains++;
                    }

                    break;
                case 3:
                    backend.ScriptWrites(MemoryOutcome.Short(random.Next(1, 40)), random.Next(2) == 0 ? MemoryOutcome.WouldBlock : MemoryOutcome.Short(1));
                    break;
                case 4:
                    used.AddRange(rig.TakeUsed(1).Select(one => one.Head));
                    break;
                default:
                    rig.Run(random.Next(12));
                    break;
            }
        }

        rig.Crash = null;
        rig.Arrivals = null;
        rig.Settle();
        used.AddRange(rig.TakeUsed(1).Select(one => one.Head));

        var report = rig.Ports[0].Core.Report;
        Assert.Equal(chains, used.Count);
        Assert.Equal((ushort)chains, rig.Rings[1].UsedIndex);
        Assert.Equal(sent.Count, report.FromGuest);
        Assert.Equal(report.FromGuest, report.Written + report.Dropped);
        Assert.Equal(sent.Without(rig.Ports[0].Core.Drops), backend.Written());
        if (policy == PortPolicy.Block)
            Assert.Equal(sent.Bytes, backend.Written());
        Assert.Empty(rig.Faults);
    }

    private void Input(int seed, bool lossy)
    {
        var random = new Random(seed);
        var rig = Start(PortPolicy.Block, eventIndex: random.Next(2) == 0);
        var odds = random.Next(3, 30);
        rig.Crash = _ => random.Next(odds) == 0;
        if (lossy)
            rig.Arrivals = () => random.Next(8) switch { 0 => 0, 1 => 2, _ => 1 };
        var fed = new List<byte>();
        var got = new List<byte>();
        var offered = 0;
        var used = 0;
        for (var step = 0; step < 80; step++)
        {
            switch (random.Next(6))
            {
                case 0:
                    var bytes = new byte[random.Next(1, 400)];
                    random.NextBytes(bytes);
                    fed.AddRange(bytes);
                    rig.Ports[0].Backend.Feed(bytes);
                    break;
                case 1:
                    if (offered - used < 40)
                    {
                        var count = random.Next(1, 6);
                        Offer(rig, 0, count, random.Next(1, 100));
                        offered += count;
                    }

                    break;
                case 2:
                    Collect();
                    break;
                default:
                    rig.Run(random.Next(12));
                    break;
            }
        }

        rig.Crash = null;
        rig.Arrivals = null;
        for (var i = 0; i < 500 && got.Count < fed.Count; i++)
        {
            if (offered - used < 40)
            {
                Offer(rig, 0, 4, 100);
                offered += 4;
            }

            rig.Tick();
            Collect();
        }

        Assert.Equal(fed, got);
        Assert.Empty(rig.Faults);

        void Collect()
        {
            foreach (var (head, length) in rig.TakeUsed(0))
            {
                used++;
                got.AddRange(rig.Content(0, head, length));
            }
        }
    }

    private static void Offer(CrashRig rig, int queue, int count, int bytes)
    {
        for (var i = 0; i < count; i++)
            rig.Rings[queue].Send(rig.Rings[queue].In(bytes));
        rig.Kick(queue);
    }
}
