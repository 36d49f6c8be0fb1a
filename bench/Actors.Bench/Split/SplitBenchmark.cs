using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Bench;

/// <summary>
/// What split placement makes of the network: <c>split [--json] [--quick]</c>. Guests write console lines in a closed loop, kick and wait for the interrupt, while HSM and devices are on
/// another actor system over loopback; bare actors take turns with them over the same connection, as many messages on their way as there are VMs. Each figure is the median of its rounds.
/// </summary>
internal sealed class SplitBenchmark(bool quick)
{
    private const int Vms = 64;

    private readonly int _rounds = quick ? 5 : 11;
    private readonly int _lines = quick ? 100 : 300;

    public SplitFigures Run()
    {
        using var gate = new BenchGate(Vms);
        using var rig = new SplitRig(new BenchGuests(gate), Vms);
        for (var vm = 1; vm <= Vms; vm++)
        {
            rig.Launch(new VmSpec(new VmId(vm), 1, 256UL << 20, new GuestSpec("gated-lines", []), [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [new ConsolePortSpec("console", true, BackendKind.Memory)])]));
        }

        gate.AwaitBooted();
        using var pairs = new RemotePairs(rig.Guests, rig.Services, Vms);

        // Five round trips of the bare side are about the messages of a kick.
        var trips = 5 * _lines;
        for (var warm = 0; warm < 3; warm++)
        {
            gate.Run(rig.Guests, _lines);
            pairs.Run(trips);
        }

        List<Round> ours = [];
        List<double> bare = [];
        for (var round = 0; round < _rounds; round++)
        {
            // Who goes first changes from round to round: what drifts meets both.
            if (round % 2 == 0)
                ours.Add(Lines(gate, rig));
            bare.Add(2.0 * Vms * trips / CpuSpan.Of(() => pairs.Run(trips)).WallSeconds);
            if (round % 2 != 0)
                ours.Add(Lines(gate, rig));
        }

        return new SplitFigures(
            MessagesPerSecond: Median(ours.Select(r => r.MessagesPerSecond)),
            BareMessagesPerSecond: Median(bare),
            Ratio: Median(ours.Zip(bare, (split, floor) => split.MessagesPerSecond / floor)),
            KicksPerSecond: Median(ours.Select(r => r.KicksPerSecond)),
            MessagesPerKick: Median(ours.Select(r => r.MessagesPerKick)),
            ExchangesPerKick: Median(ours.Select(r => r.ExchangesPerKick)),
            RepeatsPerKick: Median(ours.Select(r => r.RepeatsPerKick)),
            BytesPerMessage: Weigh(gate, rig),
            BareBytesPerMessage: BareBytes(rig.Guests));
    }

    private Round Lines(BenchGate gate, SplitRig rig)
    {
        var counter = rig.Counter;
        var (messages, exchanges, repeats, kicks) = (counter.Messages, counter.Exchanges, counter.Repeats, gate.Latencies.Sum());
        var span = CpuSpan.Of(() => gate.Run(rig.Guests, _lines));
        messages = counter.Messages - messages;
        kicks = gate.Latencies.Sum() - kicks;
        return new Round(messages / span.WallSeconds, kicks / span.WallSeconds, (double)messages / kicks, (double)(counter.Exchanges - exchanges) / kicks, (double)(counter.Repeats - repeats) / kicks);
    }

    private double Weigh(BenchGate gate, SplitRig rig)
    {
        var messages = rig.Counter.Messages;
        rig.Counter.Weigh(Serializer(rig.Guests));
        gate.Run(rig.Guests, _lines);
        rig.Counter.Weigh(null);
        return (double)rig.Counter.Bytes / (rig.Counter.Messages - messages);
    }

    private static double BareBytes(ActorSystem system) =>
        (Serializer(system).ToBinary(RemotePairs.Upcall(1)).Length + Serializer(system).ToBinary(RemotePairs.Answer(1)).Length) / 2.0;

    private static HyperionWireSerializer Serializer(ActorSystem system) => (HyperionWireSerializer)system.Serialization.FindSerializerForType(typeof(UpcallHop.Upcall));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToImmutableArray();
        return sorted[sorted.Length / 2];
    }

    private readonly record struct Round(double MessagesPerSecond, double KicksPerSecond, double MessagesPerKick, double ExchangesPerKick, double RepeatsPerKick);
}

/// <summary>
/// What <c>split --json</c> prints. Messages are those that went over the network, both ways together; bytes are what the serializer makes of them. An exchange is one DMA round trip; those sent again on the retry timer are counted apart.
/// </summary>
internal sealed record SplitFigures(
    double MessagesPerSecond,
    double BareMessagesPerSecond,
    double Ratio,
    double KicksPerSecond,
    double MessagesPerKick,
    double ExchangesPerKick,
    double RepeatsPerKick,
    double BytesPerMessage,
    double BareBytesPerMessage)
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string ToJson() => JsonSerializer.Serialize(this, _json);

    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"""
        network messages a second       {MessagesPerSecond,16:N0}   bare actors {BareMessagesPerSecond:N0}, ratio {Ratio:N2}
        kicks a second                  {KicksPerSecond,16:N0}
        network messages a kick         {MessagesPerKick,16:N2}   of {BytesPerMessage:N0} bytes, bare actors' of {BareBytesPerMessage:N0}
        DMA round trips a kick          {ExchangesPerKick,16:N3}   and {RepeatsPerKick:N3} exchanges sent again
        """);
}
