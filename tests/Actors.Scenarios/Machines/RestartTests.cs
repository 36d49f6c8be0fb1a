using Actors.Cli;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Scenarios;

/// <summary>Whole machines whose actors are killed in the middle of things: what they knew is lost, nothing else.</summary>
public sealed class RestartTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>F26: whatever the HSM had in hand when it was killed.</summary>
    [Theory]
    [InlineData("hsm.upcall", 60, true, false)]
    [InlineData("hsm.upcall", 60, false, false)]
    [InlineData("hsm.upcall", 60, true, true)]
    [InlineData("dm.complete", 60, true, false)]
    [InlineData("irq.raise", 1, true, false)]
    [InlineData("dm.complete", 60, true, true)]
    public void An_HSM_that_is_killed_again_and_again_loses_no_byte(string site, int every, bool ioeventfd, bool asyncio)
    {
        KillingLinks? links = null;
        var trace = new LifeTrace();

        var output = Copy(_ => links = new KillingLinks(site, every, path => path.Contains("/hsm/vm-1")), trace, ioeventfd, asyncio, out var input);

        Assert.Equal(input, output);
        Assert.True(links!.Kills > 0);
        Assert.Equal(links.Kills, trace.Count("hsm/vm-1", LifeChange.Crashed));
        Assert.Equal(links.Kills, trace.Count("hsm/vm-1", LifeChange.Restarted));
    }

    /// <summary>F23, F25: nobody else has what a vCPU or its VM in the hypervisor knew, so the machine ends, in order and with a reason.</summary>
    [Theory]
    [InlineData("vcpu.exit", "/hypervisor/vm-1", "hypervisor/vm-1")]
    [InlineData("hsm.complete", "/hypervisor/vm-1", "hypervisor/vm-1")]
    [InlineData("vcpu.resume", "/hypervisor/vm-1/vcpu-0", "hypervisor/vm-1/vcpu-0")]
    public void A_guest_whose_state_is_lost_ends_its_machine_in_order(string site, string victim, string actor)
    {
        var trace = new LifeTrace();

        var end = Run(_ => new KillingLinks(site, every: 60, path => path.Contains(victim)), trace, true, false, out _, out _);

        Assert.Equal(VmEnd.TripleFault, end.End);
        Assert.NotNull(end.Detail);
        Assert.True(trace.Count(actor, LifeChange.Crashed) > 0);
        Assert.Equal(trace.Count(actor, LifeChange.Crashed), trace.Count(actor, LifeChange.Restarted));
    }

    private static byte[] Copy(Func<ActorSystem, ILinkInterceptor> links, PathTrace trace, bool ioeventfd, bool asyncio, out byte[] input)
    {
        Assert.Equal(VmEnd.PowerOff, Run(links, trace, ioeventfd, asyncio, out input, out var output).End);
        return output;
    }

    private static MachineHop.VmEnded Run(
        Func<ActorSystem, ILinkInterceptor> links, PathTrace trace, bool ioeventfd, bool asyncio, out byte[] input, out byte[] output)
    {
        input = new byte[20_000];
        new Random(17).NextBytes(input);
        var backends = new MemoryBackendFactory();
        using var node = Node.Start(
            new GuestCatalog(),
            trace,
            deviceModel: (hsm, services) => DeviceModelActor.Props(hsm, services, backends),
            links: links);
        var device = new ConsoleDeviceSpec(
            new Bdf(0, 3, 0),
            [new ConsolePortSpec("in", true, BackendKind.Memory), new ConsolePortSpec("out", false, BackendKind.Memory)],
            VirtioTransportKind.Modern,
            ioeventfd,
            asyncio);
        var session = MachineSession.Launch(node, new VmSpec(new VmId(1), 1, 128UL << 20, new GuestSpec("copy", ["in", "out"]), [device]));
        Assert.True(session.Started.Wait(_patience));
        backends["in"].Feed(input);
        backends["in"].EndInput();

        Assert.True(session.Ended.Wait(_patience));
        Assert.Null(node.Services.Memory.Find(new VmId(1)));
        output = backends["out"].Written();
        return session.Ended.Result;
    }

    /// <summary>Kills a receiver behind every n-th message that crosses a site on its way to it, at most three times.</summary>
    private sealed class KillingLinks(string site, int every, Func<string, bool> victim) : ILinkInterceptor
    {
        private const int Most = 3;
        private int _count;
        private int _kills;

        public int Kills => Math.Min(_kills, Most);

        public void Send(LinkSite at, IActorRef to, object message, IActorRef from)
        {
            to.Tell(message, from);
            if (at.Name == site && victim(to.Path.ToString()) && Interlocked.Increment(ref _count) % every == 0 && Interlocked.Increment(ref _kills) <= Most)
                to.Tell(Kill.Instance);
        }
    }

    private sealed class LifeTrace : PathTrace
    {
        private readonly List<LifeStep> _steps = [];

        public int Count(string actor, LifeChange change)
        {
            lock (_steps)
                return _steps.Count(step => step.Actor == actor && step.Change == change && step.Vm == new VmId(1));
        }

        public override void Record(in PathStep step)
        {
        }

        public override void Record(in LifeStep step)
        {
            lock (_steps)
                _steps.Add(step);
        }
    }
}
