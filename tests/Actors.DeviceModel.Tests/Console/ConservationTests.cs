using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// I1 and I2: whatever the framing, the backend, the policy, lost and doubled messages and resets do, the bytes that came out, with the runs on the drop log
/// put back in, are the bytes that went in; and input arrives whole and in order.
/// </summary>
public sealed class ConservationTests
{
    private static readonly PortPolicy?[] Policies = [PortPolicy.Block, new(PortPolicyKind.Buffer, 100), PortPolicy.Drop, null];

    [Fact]
    public void What_comes_out_and_what_was_dropped_is_what_went_in() => Gen.Int.Sample(seed => Output(seed, lossy: false), iter: 500);

    [Fact]
    public void Lost_and_doubled_messages_change_nothing_of_that() => Gen.Int.Sample(seed => Output(seed, lossy: true), iter: 500);

    [Fact]
    public void Input_arrives_whole_and_in_order() => Gen.Int.Sample(seed => Input(seed, lossy: false), iter: 500);

    [Fact]
    public void Lost_and_doubled_messages_change_nothing_of_the_input() => Gen.Int.Sample(seed => Input(seed, lossy: true), iter: 500);

    private static void Output(int seed, bool lossy)
    {
        var random = new Random(seed);
        var policy = Policies[random.Next(Policies.Length)];
        var kind = policy is null ? BackendKind.Socket : BackendKind.Memory;
        var rig = new ConsoleRig(new ConsolePortSpec("p", true, kind, Policy: policy)).StartAndOpen();
        if (lossy)
            rig.Arrivals = () => random.Next(8) switch { 0 => 0, 1 => 2, _ => 1 };
        var backend = rig.Ports[0].Backend;
        var sent = new SentStream();
        var failed = false;
        var resets = 0;
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(12))
            {
                case < 5:
                    Send(rig, random, sent);
                    break;
                case < 8:
                    backend.ScriptWrites(Script(random, ref failed));
                    break;
                case 8:
                    backend.Disconnect();
                    break;
                case 9:
                    backend.Connect();
                    break;
                case 10 when random.Next(5) == 0:
                    // All that was made available reached the port, or was never taken from the ring: only the first kind counts as sent.
                    Settle(rig);
                    rig.Reset();
                    Settle(rig);
                    rig.StartAndOpen();
                    resets++;
                    break;
                default:
                    rig.Run(random.Next(10));
                    break;
            }
        }

        backend.Connect();
        rig.Arrivals = null;
        Settle(rig);

        var report = rig.Ports[0].Core.Report;
        Assert.Equal(sent.Count, report.FromGuest);
        Assert.Equal(report.FromGuest, report.Written + report.Dropped + Left(rig));
        Assert.Equal(sent.Without(rig.Ports[0].Core.Drops), backend.Written());
        if (policy == PortPolicy.Block && !failed && resets == 0)
            Assert.Equal(sent.Bytes, backend.Written());
        Assert.Empty(rig.Failures);
        Assert.Equal(0, rig.Queue(1).InFlight);
    }

    private static void Send(ConsoleRig rig, Random random, SentStream sent)
    {
        // Not more descriptors than the ring has: a driver that reuses one in flight is another test's.
        if (rig.Queue(1).InFlight > 12)
            return;
        for (var chains = random.Next(1, 4); chains > 0; chains--)
        {
            sent.SendChain(rig.Rings[1], random);
            rig.Kick(1);
        }
    }

    private static MemoryOutcome[] Script(Random random, ref bool failed)
    {
        var script = new MemoryOutcome[random.Next(1, 6)];
        for (var i = 0; i < script.Length; i++)
        {
            script[i] = random.Next(20) switch
            {
                < 9 => MemoryOutcome.Short(random.Next(1, 50)),
                < 14 => MemoryOutcome.WouldBlock,
                < 17 => MemoryOutcome.Full,
                < 19 => MemoryOutcome.Disconnected,
                _ => MemoryOutcome.Failed,
            };
            failed |= script[i] == MemoryOutcome.Failed;
        }

        return script;
    }

    private static void Settle(ConsoleRig rig)
    {
        for (var i = 0; i < 60; i++)
        {
            rig.Run();
            rig.Tick();
            rig.Ports[0].SecondPasses();
        }
    }

    private static long Left(ConsoleRig rig) => rig.Ports[0].Core.Report is var r ? r.FromGuest - r.Written - r.Dropped : 0;

    private static void Input(int seed, bool lossy)
    {
        var random = new Random(seed);
        var rig = new ConsoleRig(new ConsolePortSpec("p", true, BackendKind.Memory)).StartAndOpen();
        if (lossy)
            rig.Arrivals = () => random.Next(8) switch { 0 => 0, 1 => 2, _ => 1 };
        var fed = new List<byte>();
        var got = new List<byte>();
        for (var step = 0; step < 60; step++)
        {
            switch (random.Next(10))
            {
                case < 3:
                    var bytes = new byte[random.Next(1, 3000)];
                    random.NextBytes(bytes);
                    fed.AddRange(bytes);
                    rig.Ports[0].Backend.Feed(bytes);
                    break;
                case < 6:
                    Offer(rig, random, got);
                    break;
                case 6:
                    rig.SendControl(0, VirtioConsoleSpec.PortOpen, (ushort)random.Next(2));
                    break;
                case 7 when random.Next(3) == 0:
                    got.AddRange(rig.TakeReceived(0));
                    rig.Reset();
                    rig.StartAndOpen();
                    break;
                case 8 when random.Next(3) == 0:
                    got.AddRange(rig.TakeReceived(0));
                    rig.ResetQueue(0);
                    break;
                default:
                    rig.Run(random.Next(10));
                    break;
            }
        }

        rig.Arrivals = null;
        rig.SendControl(0, VirtioConsoleSpec.PortOpen, 1);
        for (var i = 0; i < 2000 && got.Count < fed.Count; i++)
        {
            Offer(rig, random, got);
            rig.Tick();
            got.AddRange(rig.TakeReceived(0));
        }

        Assert.Equal(fed, got);
    }

    private static void Offer(ConsoleRig rig, Random random, List<byte> got)
    {
        // A ring of 64: what came back makes room.
        got.AddRange(rig.TakeReceived(0));
        if ((ushort)(rig.Rings[0].AvailableIndex - rig.Rings[0].UsedIndex) < 50)
            rig.OfferReceive(0, random.Next(1, 8), random.Next(1, 500));
    }
}
