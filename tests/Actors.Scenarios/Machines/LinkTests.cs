using Actors.Cli;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Scenarios;

/// <summary>Whole machines whose hops are not plain tells.</summary>
public sealed class LinkTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    [Theory]
    [InlineData(VirtioTransportKind.Modern, true, false)]
    [InlineData(VirtioTransportKind.Legacy, true, true)]
    [InlineData(VirtioTransportKind.Transitional, false, false)]
    public void A_machine_runs_when_every_message_between_rooms_goes_through_the_wire_serializer(VirtioTransportKind transport, bool ioeventfd, bool asyncio)
    {
        WireLinks? wire = null;

        var output = Copy(system => wire = new WireLinks(system), transport, ioeventfd, asyncio, out var input);

        Assert.Equal(input, output);
        Assert.True(wire!.Crossed > 200, $"{wire.Crossed} messages crossed");
    }

    [Theory]
    [InlineData("hsm.upcall")]
    [InlineData("hsm.complete")]
    [InlineData("hsm.dispatch")]
    [InlineData("dm.complete")]
    [InlineData("hsm.doorbell")]
    [InlineData("vcpu.exit")]
    [InlineData("vcpu.resume")]
    [InlineData("dm.access")]
    [InlineData("dm.result")]
    [InlineData("port.write")]
    [InlineData("port.event")]
    [InlineData("vm.control")]
    public void Losing_the_first_and_every_fortieth_message_of_a_hop_loses_no_byte(string site)
    {
        LosingLinks? links = null;

        var output = Copy(_ => links = new LosingLinks(site, every: 40), VirtioTransportKind.Modern, ioeventfd: true, asyncio: false, out var input);

        Assert.Equal(input, output);
        Assert.True(links!.Lost > 0);
    }

    [Theory]
    [InlineData("hsm.upcall")]
    [InlineData("hsm.complete")]
    [InlineData("hsm.dispatch")]
    [InlineData("dm.complete")]
    [InlineData("hsm.doorbell")]
    [InlineData("vcpu.exit")]
    [InlineData("vcpu.resume")]
    [InlineData("irq.raise")]
    [InlineData("irq.inject")]
    [InlineData("dm.access")]
    [InlineData("dm.result")]
    [InlineData("port.write")]
    [InlineData("port.event")]
    [InlineData("vm.control")]
    public void Doubling_every_message_of_a_hop_doubles_no_byte(string site)
    {
        var output = Copy(_ => new DoublingLinks(site), VirtioTransportKind.Modern, ioeventfd: true, asyncio: false, out var input);

        Assert.Equal(input, output);
    }

    [Theory]
    [InlineData(VirtioTransportKind.Modern, true, false)]
    [InlineData(VirtioTransportKind.Legacy, true, true)]
    [InlineData(VirtioTransportKind.Transitional, false, false)]
    public void So_it_does_when_its_devices_reach_its_RAM_as_from_another_node(VirtioTransportKind transport, bool ioeventfd, bool asyncio)
    {
        WireLinks? wire = null;

        var output = Copy(system => wire = new WireLinks(system), transport, ioeventfd, asyncio, out var input, remoteMemory: true);

        Assert.Equal(input, output);
        Assert.True(wire!.Exchanges > 20, $"{wire.Exchanges} exchanges");
    }

    [Theory]
    [InlineData("memory.exchange")]
    [InlineData("memory.answer")]
    public void Losing_or_doubling_exchanges_loses_and_doubles_no_byte(string site)
    {
        LosingLinks? losing = null;

        var output = Copy(_ => losing = new LosingLinks(site, every: 40), VirtioTransportKind.Modern, ioeventfd: true, asyncio: false, out var input, remoteMemory: true);

        Assert.Equal(input, output);
        Assert.True(losing!.Lost > 0);
        Assert.Equal(input, Copy(_ => new DoublingLinks(site), VirtioTransportKind.Modern, ioeventfd: true, asyncio: false, out input, remoteMemory: true));
    }

    private static byte[] Copy(
        Func<ActorSystem, ILinkInterceptor> links, VirtioTransportKind transport, bool ioeventfd, bool asyncio, out byte[] input, bool remoteMemory = false)
    {
        input = new byte[20_000];
        new Random(17).NextBytes(input);
        var backends = new MemoryBackendFactory();
        using var node = Node.Start(
            new GuestCatalog(),
            deviceModel: (hsm, services) => DeviceModelActor.Props(hsm, services, backends),
            links: links,
            remoteMemory: remoteMemory);
        var device = new ConsoleDeviceSpec(
            new Bdf(0, 3, 0),
            [new ConsolePortSpec("in", true, BackendKind.Memory), new ConsolePortSpec("out", false, BackendKind.Memory)],
            transport,
            ioeventfd,
            asyncio);
        var session = MachineSession.Launch(node, new VmSpec(new VmId(1), 1, 128UL << 20, new GuestSpec("copy", ["in", "out"]), [device]));
        Assert.True(session.Started.Wait(_patience));
        backends["in"].Feed(input);
        backends["in"].EndInput();

        Assert.True(session.Ended.Wait(_patience));
        Assert.Equal(VmEnd.PowerOff, session.Ended.Result.End);
        return backends["out"].Written();
    }

    /// <summary>What would cross nodes is written and read, and the copy is delivered.</summary>
    private sealed class WireLinks(ActorSystem system) : ILinkInterceptor
    {
        private int _crossed;

        private int _exchanges;

        public int Crossed => _crossed;

        public int Exchanges => _exchanges;

        public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
        {
            if (message is IWireMessage)
            {
                Interlocked.Increment(ref _crossed);
                if (message is MemoryHop.Exchange)
                    Interlocked.Increment(ref _exchanges);
                var serializer = system.Serialization.FindSerializerFor(message);
                Assert.IsType<HyperionWireSerializer>(serializer);
                var manifest = Akka.Serialization.Serialization.ManifestFor(serializer, message);
                message = system.Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, manifest);
            }

            to.Tell(message, from);
        }
    }

    private sealed class LosingLinks(string site, int every) : ILinkInterceptor
    {
        private int _count;

        public int Lost => (_count + every - 1) / every;

        public void Send(LinkSite at, IActorRef to, object message, IActorRef from)
        {
            if (at.Name != site || Interlocked.Increment(ref _count) % every != 1)
            {
                to.Tell(message, from);
            }
        }
    }

    private sealed class DoublingLinks(string site) : ILinkInterceptor
    {
        public void Send(LinkSite at, IActorRef to, object message, IActorRef from)
        {
            to.Tell(message, from);
            if (at.Name == site)
            {
                to.Tell(message, from);
            }
        }
    }
}
