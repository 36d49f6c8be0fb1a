using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// F81 against I1, I9, I24: the node with device and ports is lost wherever it stands, another one goes on from the bytes that were kept and from what the backend has; and the stream
/// is as if nobody had noticed.
/// </summary>
public class TakeoverTests
{
    private const int Iterations = 300;

    public static TheoryData<string> Sites => [.. CrashSite.All.Select(site => site.Name), "receipt"];

    /// <summary>Whether the guest's RAM is on another node than the device.</summary>
    protected virtual bool IsRemote => false;

    [Fact]
    public void Under_block_no_byte_is_lost_or_doubled_wherever_the_node_is_lost() => Gen.Int.Sample(seed => Output(seed, PortPolicy.Block), iter: Iterations);

    [Fact]
    public void Under_buffer_and_drop_what_is_missing_is_counted() =>
        Gen.Int.Sample(seed => Output(seed, seed % 2 == 0 ? new PortPolicy(PortPolicyKind.Buffer, 100) : PortPolicy.Drop), iter: Iterations);

    [Theory]
    [MemberData(nameof(Sites))]
    public void Every_occurrence_of_a_site_may_be_a_node_s_last(string name)
    {
        for (var nth = 1; nth <= 60; nth++)
        {
            var rig = Start(PortPolicy.Block, eventIndex: nth % 2 == 0);
            rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(3), MemoryOutcome.WouldBlock);
            var left = nth;
            rig.Crash = site => (site?.Name ?? "receipt") == name && --left == 0;
            rig.NodeLost = () => true;
            var sent = new SentStream();
            var random = new Random(nth);
            for (var i = 0; i < 12; i++)
            {
                sent.Send(rig, random);
                rig.Run(random.Next(12));
            }

            rig.Crash = null;
            rig.Settle();
            Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());
            Assert.Equal(12, rig.TakeUsed(1).Count);
            Assert.Empty(rig.Faults);
            Assert.True(rig.LargestRecord < 1024);
            Assert.All(rig.Origins, origin => Assert.Equal((0L, 0L, 0L), (origin.Lost, origin.InDoubt, origin.EmergenciesLost)));
        }
    }

    [Fact]
    public void A_lost_buffer_is_counted_to_the_byte_and_told()
    {
        var rig = Start(new PortPolicy(PortPolicyKind.Buffer, 1000), eventIndex: false);
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        var sent = new SentStream();
        sent.Send(rig, new Random(1));
        sent.Send(rig, new Random(2));
        rig.Settle();
        Assert.Equal(2, rig.TakeUsed(1).Count);

        Lose(rig);
        sent.Send(rig, new Random(3));
        rig.Settle();

        var origin = rig.Origins[0];
        var lost = sent.Count - rig.Ports[0].Backend.Written().Length;
        Assert.Equal(lost, origin.Lost);
        Assert.Equal(sent.Bytes.Skip(lost), rig.Ports[0].Backend.Written());
        Assert.Contains($"{lost} bytes that were buffered at the lost node", origin.Describe(rig.Ports[0].Open.Spec)!, StringComparison.Ordinal);
        var report = rig.Ports[0].Core.Report;
        Assert.Equal((sent.Count, sent.Count - lost, lost), (report.FromGuest, report.Written, report.Dropped));
        Assert.Equal([new PortDrop(0, lost, PortDropReason.NodeLost)], rig.Ports[0].Core.Drops.Runs);
    }

    [Fact]
    public void The_old_port_writes_nothing_and_gives_nothing_back_once_another_has_its_backend()
    {
        var rig = Start(PortPolicy.Block, eventIndex: false);
        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        var sent = new SentStream();
        sent.Send(rig, new Random(1));
        rig.Run();
        var (core, backend) = (rig.Ports[0].Core, rig.Ports[0].Backend);
        Lose(rig);
        rig.Settle();
        Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());

        backend.ReleaseWrites();
        core.Turn();
        Assert.Equal(sent.Bytes, rig.Ports[0].Backend.Written());
        Assert.Equal((0L, 0L), (core.Report.Written, core.Report.Dropped));
    }

    [Fact]
    public void A_port_waits_for_a_backend_that_has_not_found_out_how_much_it_has()
    {
        var rig = Start(PortPolicy.Block, eventIndex: false);
        var sent = new SentStream();
        sent.Send(rig, new Random(1));
        rig.Settle();
        var record = rig.Shelf.Copies[^1].Copy();
        var backend = new LateBackend();
        var open = new OpenPort(rig.Ports[0].Open.Spec, backend, new PortEvents(), wasConnected: true, record);
        var core = open.CoreFor(0, rig.Ports[0], default);

        Assert.False(core.TryPlace());
        Assert.Equal(BackendInterest.Connect | BackendInterest.Write, backend.Wanted);
        Assert.Equal(sent.Count, core.Report.FromGuest);
        backend.Position = sent.Count;
        Assert.True(core.TryPlace());
    }

    [Fact]
    public void A_port_waits_for_a_backend_that_remembers_a_higher_token_and_loses_nothing()
    {
        var rig = Start(PortPolicy.Block, eventIndex: false);
        var sent = new SentStream();
        sent.Send(rig, new Random(1));
        rig.Settle();
        var record = rig.Shelf.Copies[^1].Copy();
        var backend = new RememberingBackend(new FencingToken(2), new FencingToken(9), have: sent.Count);
        var open = new OpenPort(rig.Ports[0].Open.Spec, backend, new PortEvents(), wasConnected: true, record);
        var told = new PortWitness();
        var core = open.CoreFor(0, told, default);

        for (var i = 0; i < 3; i++)
            Assert.False(core.TryPlace());
        Assert.Equal((9UL, "it remembers a higher token"), (told.Seen.Value, Assert.Single(told.Complaints)));
        Assert.Null(told.Origin);

        core.Raise(new FencingToken(10));
        Assert.True(core.TryPlace());
        Assert.Equal((0L, 0L), (told.Origin!.Value.Lost, told.Origin.Value.InDoubt));
        Assert.Equal(0, core.Report.Dropped);
    }

    [Fact]
    public void A_backend_that_knows_nothing_may_get_twice_what_was_under_way_and_that_is_told()
    {
        var record = new DeviceRecord(VirtioConsoleSpec.QueueCount(1, multiport: true), 1);
        record.Ports[0] = new PortRecord { Epoch = 2, CountsEpoch = 2, Transmitted = 100, Sent = 180, Granted = 64, Counts = new PortCounts(50, 160, 165, 140, 1140, 20, 0) };
        var origin = PortOrigin.Find(record, 0, position: null);

        Assert.Equal((110L, 0L, 70L, 140L, 20L), (origin.Received, origin.Lost, origin.InDoubt, origin.Written, origin.Dropped));
        var sentence = origin.Describe(new ConsolePortSpec("a", true, BackendKind.Stdio))!;
        Assert.Contains("up to 70 bytes may have reached the backend twice", sentence, StringComparison.Ordinal);
        Assert.Contains("up to 64 bytes of input", sentence, StringComparison.Ordinal);
        Assert.Equal(125, PortOrigin.Find(record, 0, position: 1155).Received);
        Assert.Equal((110L, 5L), (PortOrigin.Find(record, 0, position: 1135) is var less ? (less.Received, less.Missing) : default));
    }

    private void Output(int seed, PortPolicy policy)
    {
        var random = new Random(seed);
        var rig = Start(policy, eventIndex: random.Next(2) == 0);
        var odds = random.Next(3, 30);
        rig.Crash = _ => random.Next(odds) == 0;
        rig.NodeLost = () => random.Next(3) == 0;
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
                    rig.Ports[0].Backend.ScriptWrites(MemoryOutcome.Short(random.Next(1, 40)), random.Next(2) == 0 ? MemoryOutcome.WouldBlock : MemoryOutcome.Short(1));
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
        rig.Settle();
        used.AddRange(rig.TakeUsed(1).Select(one => one.Head));

        var report = rig.Ports[0].Core.Report;
        var written = rig.Ports[0].Backend.Written();
        Assert.Equal(chains, used.Count);
        Assert.Equal((ushort)chains, rig.Rings[1].UsedIndex);
        Assert.Equal(written.Length, report.Written);
        Assert.Equal(report.FromGuest, report.Written + report.Dropped);
        Assert.Empty(rig.Faults);
        if (policy == PortPolicy.Block)
        {
            Assert.Equal(sent.Bytes, written);
            Assert.Equal(sent.Count, report.FromGuest);
        }
        else
        {
            // A record with the guest may be older than what the policy dropped since: then bytes may come twice, and that is told.
            Assert.True(IsSubsequence(written, sent.Bytes) || (IsRemote && rig.Origins.Exists(origin => origin.InDoubt > 0)));
        }
    }

    private static bool IsSubsequence(byte[] part, IEnumerable<byte> whole)
    {
        var at = 0;
        foreach (var one in whole)
            at += at < part.Length && part[at] == one ? 1 : 0;
        return at == part.Length;
    }

    private static void Lose(CrashRig rig)
    {
        var crash = true;
        rig.Crash = _ => crash && !(crash = false);
        rig.NodeLost = () => true;
        rig.Tick();
        rig.Crash = null;
        Assert.Equal(1, rig.Moves);
    }

    private CrashRig Start(PortPolicy policy, bool eventIndex) =>
        new CrashRig(IsRemote, new ConsolePortSpec("a", true, BackendKind.Memory, Policy: policy), new ConsolePortSpec("b", false, BackendKind.Memory)).BringUp(eventIndex);

    private sealed class PortWitness : IPortEffects
    {
        public FencingToken Seen { get; private set; }

        public List<string> Complaints { get; } = [];

        public PortOrigin? Origin { get; private set; }

        public void Send(PortHop.Status status)
        {
        }

        public void Send(PortHop.Input input)
        {
        }

        public void Watch()
        {
        }

        public void YieldTurn()
        {
        }

        public void WaitSecond()
        {
        }

        public void Moved(bool output, long bytes)
        {
        }

        public void Remembered(FencingToken seen) => Seen = seen;

        public void Adopted(in PortOrigin origin) => Origin = origin;

        public void Complain(string complaint) => Complaints.Add(complaint);
    }

    private sealed class LateBackend : IResumableBackend
    {
        public FencingToken Fence => new(2);

        public long? Position { get; set; }

        public bool IsFenced => false;

        public long FencedWrites => 0;

        public string? Notice => null;

        public bool IsConnected => Position is not null;

        public BackendInterest Wanted { get; private set; }

        public BackendResult TryWriteAt(long position, ReadOnlySpan<byte> data) => new(BackendStatus.WouldBlock);

        public BackendResult TryWrite(ReadOnlySpan<byte> data) => new(BackendStatus.WouldBlock);

        public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

        public void Arm(BackendInterest interest) => Wanted = interest;

        public void Dispose()
        {
        }
    }
}
