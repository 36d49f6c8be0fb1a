using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace Actors.DeviceModel.Tests;

/// <summary>What a backend remembers on its way to the machine's launcher, and the higher token on its way back.</summary>
public sealed class RememberedTokenTests : TestKit, IPortBackendFactory
{
    private static readonly FencingToken Machine = new(5);
    private static readonly FencingToken Seen = new(9);

    private readonly List<RememberingBackend> _backends = [];
    private readonly MachineRig _rig;

    public RememberedTokenTests()
        : base(MachineRig.Timeless) => _rig = new MachineRig(this, this) { Fence = Machine };

    IPortBackend IPortBackendFactory.Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
    {
        var backend = new RememberingBackend(owner.Fence, port.Name == "other" ? default : Seen, have: 3);
        _backends.Add(backend);
        return backend;
    }

    [Fact]
    public void The_launcher_hears_what_a_backend_remembers_and_the_machine_goes_on_with_the_token_that_it_gives()
    {
        var transmit = Run();
        Assert.Equal(new MachineHop.VmFenced(MachineRig.Vm, Machine, Seen), _rig.Launcher.FishForMessage<MachineHop.VmFenced>(static _ => true));

        Kick(transmit, 50);
        _rig.Root.Tell(new MachineHop.RaiseFence(MachineRig.Vm, Machine, new FencingToken(10)), _rig.Launcher.Ref);
        AwaitCondition(() => _backends[0].Written.Length == 50);
        AwaitCondition(() => _backends.TrueForAll(backend => backend.Fence.Value == 10));
    }

    [Fact]
    public void A_token_for_another_machine_of_the_vm_is_not_heeded()
    {
        Run();
        _rig.Root.Tell(new MachineHop.RaiseFence(MachineRig.Vm, new FencingToken(4), new FencingToken(20)), _rig.Launcher.Ref);
        _rig.Root.Tell(new MachineHop.RaiseFence(MachineRig.Vm, Machine, new FencingToken(10)), _rig.Launcher.Ref);
        AwaitCondition(() => _backends[0].Fence.IsGuarded && _backends[0].Fence > Machine);
        Assert.Equal(10UL, _backends[0].Fence.Value);
    }

    [Fact]
    public void While_no_token_comes_it_is_said_again_at_growing_distances()
    {
        Run();
        _rig.Launcher.FishForMessage<MachineHop.VmFenced>(static _ => true);
        var scheduler = (TestScheduler)Sys.Scheduler;
        foreach (var seconds in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            // The timer is armed before what it repeats leaves.
            scheduler.Advance(TimeSpan.FromSeconds(seconds));
            _rig.Launcher.FishForMessage<MachineHop.VmFenced>(static _ => true);
        }
    }

    [Fact]
    public void A_port_that_did_not_hear_of_the_token_is_told_again_and_the_launcher_is_not_asked()
    {
        Run();
        _rig.Launcher.FishForMessage<MachineHop.VmFenced>(static _ => true);
        _rig.Root.Tell(new MachineHop.RaiseFence(MachineRig.Vm, Machine, new FencingToken(10)), _rig.Launcher.Ref);
        AwaitCondition(() => _backends[1].Fence.Value == 10);

        // As from a port whose message was lost: what it says was true before.
        _rig.VmActor.Tell(new DeviceHop.Remembered(new Bdf(0, 3, 0), Seen));
        _rig.VmActor.Tell(new DeviceHop.Remembered(new Bdf(0, 3, 0), new FencingToken(10)));
        Assert.Equal(10UL, _rig.Launcher.FishForMessage<MachineHop.VmFenced>(static _ => true).Seen.Value);
    }

    [Fact]
    public void A_takeover_that_a_backend_refuses_says_what_the_backend_remembers()
    {
        var streams = new SharedStreams(1 << 10);
        streams[MachineRig.Vm, "p"].Claim(Seen);
        var rig = new MachineRig(this, new MemoryBackendFactory(streams: streams));
        var spec = MachineRig.Spec(new ConsolePortSpec("p", true, BackendKind.Memory));
        rig.Root.Tell(new MachineHop.AdoptVm(spec, Machine, null), rig.Launcher.Ref);
        var adopt = rig.Hsm.ExpectMsg<ControlHop.AdoptVm>();
        var memory = CreateTestProbe();
        rig.Hsm.Reply(new ControlHop.VmAdopted(adopt.Id, MachineRig.Vm, 1, Errno.Ok, VmServiceState.Running, 7, rig.Hsm.Ref, memory.Ref));
        memory.ExpectMsg<MemoryHop.ReadRecords>();
        memory.Reply(new MemoryHop.Records(MachineRig.Vm, Machine, ExchangeResult.Applied, []));

        var refused = rig.Launcher.ExpectMsg<MachineHop.AdoptionRefused>();
        Assert.Equal((Errno.Invalid, Machine, Seen), (refused.Result, refused.Fence, refused.Seen));
    }

    /// <summary>Two ports: what the first one's backend remembers, the second one's doesn't.</summary>
    private (DriverRing Ring, ushort Io) Run()
    {
        _rig.Launch(MachineRig.Spec(new ConsolePortSpec("p", true, BackendKind.Memory, Policy: PortPolicy.Block), new ConsolePortSpec("other", false, BackendKind.Memory)));
        _rig.Make();
        var (_, transmit, io) = _rig.BringUpLegacy();
        return (transmit, io);
    }

    private void Kick((DriverRing Ring, ushort Io) transmit, int bytes)
    {
        transmit.Ring.Send(transmit.Ring.Out(new byte[bytes]));
        _rig.Access(IoAccess.Out((ushort)(transmit.Io + VirtioPciSpec.LegacyQueueNotify), 2, 1));
    }
}
