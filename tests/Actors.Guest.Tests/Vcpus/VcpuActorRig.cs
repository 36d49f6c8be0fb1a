using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;

namespace Actors.Guest.Tests;

/// <summary>A vCPU's actor; the test's probe is its parent, the VM's actor. Time stands still unless a test moves it.</summary>
public abstract class VcpuActorRig : Akka.TestKit.Xunit2.TestKit
{
    private protected const int Vcpu = 2;
    private protected const uint Epoch = 5;

    private protected static readonly VmId Vm = new(7);

    private protected readonly TestProbe _vmActor;
    private protected readonly RecordingTrace _trace = new();
    private protected readonly RecordingLinks _links = new();
    private protected readonly GuestRamDirectory _memory = new();
    private protected readonly List<GuestHop.InterruptAccepted> _accepted = [];
    private protected readonly SettablePace _pace = new();

    private protected VcpuActorRig()
        : base("akka { test.single-expect-default = 90s, scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\" }") => _vmActor = CreateTestProbe();

    private protected TestScheduler Time => (TestScheduler)Sys.Scheduler;

    private protected static GuestHop.IoCompletion Done(ulong sequence, ulong value = 0) => new(Epoch, sequence, value, IoOutcome.Completed);

    private protected GuestHop.IoExit ExpectExit(ulong sequence, IoAccess access)
    {
        var exit = ExpectExit();
        Assert.Equal(new GuestHop.IoExit(Epoch, new IoRequest(Vcpu, sequence, access), (uint)_accepted.Count), exit);
        return exit;
    }

    /// <summary>The next exit; acceptances before it are kept.</summary>
    private protected GuestHop.IoExit ExpectExit()
    {
        while (true)
        {
            var message = _vmActor.ReceiveOne(TimeSpan.FromSeconds(90));
            if (message is not GuestHop.InterruptAccepted accepted)
                return Assert.IsType<GuestHop.IoExit>(message);
            _accepted.Add(accepted);
        }
    }

    /// <summary>What a vCPU sent came before its answer to this.</summary>
    private protected void ExpectNothingSentBy(IActorRef vcpu)
    {
        var answered = CreateTestProbe();
        vcpu.Tell(new Identify("there"), answered);
        answered.ExpectMsg<ActorIdentity>();
        Assert.False(_vmActor.HasMessages);
    }

    private protected IActorRef Start(Func<GuestCpu, GuestTask> run) => Start(new ScriptedCatalog(run));

    private protected IActorRef Start(IGuestCatalog catalog) => _vmActor.ChildActorOf(PropsOf(catalog), "vcpu-2", SupervisorStrategy.DefaultStrategy);

    private protected TestActorRef<VcpuActor> StartSynchronous(Func<GuestCpu, GuestTask> run) => StartSynchronous(new ScriptedCatalog(run));

    private protected TestActorRef<VcpuActor> StartSynchronous(IGuestCatalog catalog) =>
        ActorOfAsTestActorRef<VcpuActor>(PropsOf(catalog), _vmActor, "vcpu-2");

    private protected Props PropsOf(IGuestCatalog catalog)
    {
        var spec = new VmSpec(Vm, 4, 1 << 20, ScriptedCatalog.Guest, ImmutableArray<ConsoleDeviceSpec>.Empty);
        var services = new RoomServices(_memory, TimeProvider.System, _trace, _links, Pace: _pace);
        return new VcpuFactory(catalog).Create(spec, Vcpu, _memory.Create(Vm, spec.MemoryBytes), services);
    }

    private protected sealed class SettablePace : RetryPace
    {
        public TimeSpan Behind { get; set; }

        protected override TimeSpan Wait => Behind;
    }

    private protected sealed class BrokenCatalog : IGuestCatalog
    {
        public string? Validate(GuestSpec guest) => null;

        public GuestProgram Create(GuestSpec guest) => throw new FormatException("no such guest");
    }

    private protected sealed class RecordingTrace : PathTrace
    {
        public List<PathStep> Steps { get; } = [];

        public bool Fails { get; set; }

        public override void Record(in PathStep step)
        {
            if (Fails)
                throw new FormatException("a defect of ours");
            Steps.Add(step);
        }
    }

    private protected sealed class RecordingLinks : ILinkInterceptor
    {
        public List<LinkSite> Sites { get; } = [];

        public void Send(LinkSite site, IActorRef to, object message, IActorRef from)
        {
            Sites.Add(site);
            to.Tell(message, from);
        }
    }
}
