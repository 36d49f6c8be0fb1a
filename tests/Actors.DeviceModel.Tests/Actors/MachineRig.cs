using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;

namespace Actors.DeviceModel.Tests;

/// <summary>A device model whose HSM is a probe: plays the HSM's part, and the guest's through it.</summary>
internal sealed class MachineRig : IGuestMemoryDirectory
{
    /// <summary>Settings of a test kit: what must come may take its time.</summary>
    public const string Patient = "akka.test { timefactor = 3, single-expect-default = 30s }\n";

    /// <summary>Settings of a test kit in which time stands still: however slow the machine is, nothing is repeated before it was answered.</summary>
    public const string Timeless = Patient + "akka.scheduler.implementation = \"Akka.TestKit.TestScheduler, Akka.TestKit\"\n";

    public static readonly VmId Vm = new(7);

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    private readonly TestProbe _launcher;
    private ulong _sequence;
    private ControlHop.VmCommand? _obeyed;

    public MachineRig(Akka.TestKit.Xunit2.TestKit kit, IPortBackendFactory backends, ILinkInterceptor? links = null, PathTrace? trace = null, ICrashPoints? crashes = null)
    {
        Hsm = kit.CreateTestProbe();
        _launcher = kit.CreateTestProbe();
        Root = kit.Sys.ActorOf(DeviceModelActor.Props(Hsm.Ref, new RoomServices(this, TimeProvider.System, trace, links, crashes), backends), trace is null ? null : "device-model");
    }

    public TestProbe Hsm { get; }

    public TestProbe Launcher => _launcher;

    public IActorRef Root { get; }

    public TestMemory Memory { get; } = new(0x20_0000);

    public uint Epoch { get; set; } = 1;

    /// <summary>Token of the machines that it launches.</summary>
    public FencingToken Fence { get; init; }

    public IActorRef VmActor { get; private set; } = ActorRefs.Nobody;

    public static VmSpec Spec(params ConsolePortSpec[] ports) => new(
        Vm, 1, 0x20_0000, new GuestSpec("none", []), [new ConsoleDeviceSpec(new Bdf(0, 3, 0), [.. ports])]);

    public IGuestMemory Create(VmId vm, ulong bytes) => Memory;

    public IGuestMemory? Find(VmId vm) => Memory;

    public void Clear(VmId vm)
    {
    }

    public void Remove(VmId vm)
    {
    }

    public MachineRig Launch(VmSpec spec)
    {
        Root.Tell(new MachineHop.LaunchVm(spec, Fence), _launcher.Ref);
        return this;
    }

    /// <summary>Launches and brings the machine to RUNNING.</summary>
    public MachineHop.VmStarted Run(params ConsolePortSpec[] ports)
    {
        Launch(Spec(ports));
        Make();
        return _launcher.ExpectMsg<MachineHop.VmStarted>();
    }

    /// <summary>Brings a machine that was launched to RUNNING.</summary>
    public void Make()
    {
        var create = Hsm.ExpectMsg<ControlHop.CreateVm>();
        VmActor = create.Owner;
        Hsm.Reply(new ControlHop.VmCreated(create.Id, Vm, Epoch, Errno.Ok, Hsm.Ref));
        Obey(VmCommandKind.CreateDefaultClient);
        Obey(VmCommandKind.Start);
    }

    /// <summary>Waits for a command and says that it is done. What else came meanwhile is let pass.</summary>
    public ControlHop.VmCommand Obey(VmCommandKind kind, Errno result = Errno.Ok)
    {
        ControlHop.VmCommand command;
        do
            command = Await<ControlHop.VmCommand>();
        while (command == _obeyed); // Repeated before the answer was there.
        _obeyed = command;
        Assert.Equal(kind, command.Command);
        Hsm.Reply(new ControlHop.VmCommandResult(command.Id, Vm, kind, Epoch, result));
        return command;
    }

    /// <summary>Obeys commands in this order, each as often as it comes.</summary>
    public void ObeyRepeated(params VmCommandKind[] kinds)
    {
        foreach (var kind in kinds)
        {
            ControlHop.VmCommand command;
            do
                command = Await<ControlHop.VmCommand>();
            while (command.Command != kind);
            Hsm.Reply(new ControlHop.VmCommandResult(command.Id, Vm, kind, Epoch, Errno.Ok));
        }
    }

    public T Await<T>()
        where T : class
    {
        for (; ;)
        {
            if (Hsm.ReceiveOne(_patience) is not { } message)
                throw new InvalidOperationException($"no {typeof(T).Name} came");
            if (message is T wanted)
                return wanted;
            if (message is DispatchHop.SetIoeventfd set)
                Hsm.Reply(new DispatchHop.RegistrationResult(Vm, set.Epoch, set.Id, Errno.Ok));
        }
    }

    /// <summary>A guest's access through the default client.</summary>
    public ulong Access(IoAccess access)
    {
        VmActor.Tell(new DispatchHop.DispatchRequest(Vm, Epoch, new IoRequest(0, ++_sequence, access)), Hsm.Ref);
        var done = Await<DispatchHop.RequestDone>();
        Assert.Equal((Epoch, 0, _sequence), (done.Epoch, done.Vcpu, done.Sequence));
        return done.Value;
    }

    public ulong Config(int register, int size) =>
        Access(new IoAccess(IoRequestType.PciConfig, IoDirection.Read, (byte)size, PciConfigAddress.Pack(new Bdf(0, 3, 0), register), 0));

    public void Config(int register, int size, uint value) =>
        Access(new IoAccess(IoRequestType.PciConfig, IoDirection.Write, (byte)size, PciConfigAddress.Pack(new Bdf(0, 3, 0), register), value));

    public void BeginEpoch(uint epoch)
    {
        Epoch = epoch;
        _sequence = 0;
    }

    /// <summary>Brings port 0 up as a legacy driver without MULTIPORT does; gives receive and transmit ring.</summary>
    public (DriverRing Receive, DriverRing Transmit, ushort Port) BringUpLegacy()
    {
        var io = (ushort)(Config(PciSpec.Bar0, 4) & 0xFFFC);
        var receive = new DriverRing(Memory, 0x1_0000, 64);
        var transmit = new DriverRing(Memory, 0x8_0000, 64);
        Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyStatus), 1, 0));
        Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyStatus), 1, 3));
        Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyGuestFeatures), 4, 0));
        for (var queue = 0; queue < 2; queue++)
        {
            Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueSelect), 2, (uint)queue));
            Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueuePfn), 4, (uint)((queue == 0 ? receive : transmit).Descriptors >> 12)));
        }

        Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyStatus), 1, 7));
        return (receive, transmit, io);
    }
}
