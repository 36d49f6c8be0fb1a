using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel.Tests;

/// <summary>Actors of the device model that are killed, or crash in their work: the machine goes on, or ends in order on all sides; and it is said what happened.</summary>
public sealed class MachineCrashTests : Akka.TestKit.Xunit2.TestKit
{
    private static readonly string[] Expected = ["Crashed", "Restarted"];

    private readonly MemoryBackendFactory _backends = new();
    private readonly LifeTrace _trace = new();
    private readonly Points _points = new();
    private readonly MachineRig _rig;

    public MachineCrashTests()
        : base(MachineRig.Patient) => _rig = new MachineRig(this, _backends, trace: _trace, crashes: _points);

    [Fact]
    public void A_device_that_is_killed_again_and_again_loses_no_byte()
    {
        var (receive, transmit, io) = Start();
        var sent = new List<byte>();
        for (byte i = 0; i < 10; i++)
        {
            transmit.Send(transmit.Out([i, (byte)(i + 100)]));
            sent.AddRange([i, (byte)(i + 100)]);
            Device().Tell(Kill.Instance);
            if (i % 2 == 0)
                Kick(io, 1);
        }

        receive.Send(receive.In(16));
        Device().Tell(Kill.Instance);
        _backends["a"].Feed([1, 2, 3]);

        AwaitAssert(() =>
        {
            Assert.Equal(sent, _backends["a"].Written());
            Assert.Equal(10, transmit.UsedIndex);
            Assert.Equal(1, receive.UsedIndex);
        });
        Assert.Equal(3u, receive.UsedElement(0).Length);
        Assert.Single(_backends.All("a"));
        Assert.Equal(11, _trace.Count("device-model/vm-7/pci-0.3.0", LifeChange.Crashed));
        AwaitAssert(() => Assert.Equal(11, _trace.Count("device-model/vm-7/pci-0.3.0", LifeChange.Restarted)));
    }

    [Theory]
    [InlineData("dm.after-payload")]
    [InlineData("dm.after-used-element")]
    [InlineData("dm.after-used-idx")]
    [InlineData("port.after-accept")]
    public void A_crash_in_the_work_is_survived_and_announced(string site)
    {
        var (_, transmit, io) = Start();
        _points.Arm(site, 2);
        var sent = new List<byte>();
        for (byte i = 0; i < 5; i++)
        {
            transmit.Send(transmit.Out([i, 7]));
            sent.AddRange([i, 7]);
            Kick(io, 1);
        }

        AwaitAssert(() =>
        {
            Assert.Equal(sent, _backends["a"].Written());
            Assert.Equal(5, transmit.UsedIndex);
        });
        var actor = site[0] == 'p' ? "device-model/vm-7/pci-0.3.0/port-0" : "device-model/vm-7/pci-0.3.0";
        AwaitAssert(() => Assert.Equal(Expected, _trace.Of(actor)));
    }

    [Fact]
    public void A_port_that_is_killed_goes_on_at_the_byte_where_it_was()
    {
        var (_, transmit, io) = Start();
        var backend = _backends["a"];
        backend.ScriptWrites(MemoryOutcome.Short(3), MemoryOutcome.WouldBlock);
        backend.HoldWrites(MemoryOutcome.WouldBlock);
        transmit.Send(transmit.Out("0123456789"u8.ToArray()));
        Kick(io, 1);
        AwaitAssert(() => Assert.Equal(3, backend.WrittenCount));
        Port().Tell(Kill.Instance);
        Port().Tell(Kill.Instance);
        AwaitAssert(() => Assert.Equal(2, _trace.Count("device-model/vm-7/pci-0.3.0/port-0", LifeChange.Restarted)));
        Assert.Equal(0, transmit.UsedIndex);
        backend.ReleaseWrites();

        AwaitAssert(() => Assert.Equal("0123456789"u8.ToArray(), backend.Written()));
        AwaitAssert(() => Assert.Equal(1, transmit.UsedIndex));
        Assert.False(backend.IsDisposed);
    }

    [Fact]
    public void An_access_at_which_the_device_crashed_is_answered_by_the_next_incarnation()
    {
        _rig.Run(new ConsolePortSpec("a", true, BackendKind.Memory));
        Device().Tell(Kill.Instance);

        Assert.Equal(VirtioSpec.PciVendor, (ushort)_rig.Config(PciSpec.VendorId, 2));
    }

    [Fact]
    public void A_device_that_always_crashes_is_given_up_and_its_machine_ends_on_all_sides()
    {
        var (_, transmit, io) = Start();
        _points.ArmAlways("dm.after-used-element");
        transmit.Send(transmit.Out([1]));
        Kick(io, 1);
        _rig.ObeyRepeated(VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);

        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.Failed, ended.End);
        Assert.Contains("0.3.0 failed again and again", ended.Detail, StringComparison.Ordinal);
        Assert.Equal((1, 1), (ended.Ports[0].FromGuest, ended.Ports[0].Written));
        Assert.True(_backends["a"].IsDisposed);
        Assert.Equal(RestartBudget.Most + 1, _trace.Count("device-model/vm-7/pci-0.3.0", LifeChange.Crashed));
        Assert.Equal(1, _trace.Count("device-model/vm-7/pci-0.3.0", LifeChange.GaveUp));
    }

    [Fact]
    public void The_machines_actor_goes_on_after_a_crash_and_forgets_no_stop()
    {
        var (_, transmit, io) = Start();
        for (var i = 0; i < 5; i++)
            _rig.VmActor.Tell(Kill.Instance);
        transmit.Send(transmit.Out([1, 2]));
        Kick(io, 1);
        AwaitAssert(() => Assert.Equal(1, transmit.UsedIndex));
        _rig.Root.Tell(new MachineHop.StopVm(MachineRig.Vm), _rig.Launcher.Ref);
        _rig.VmActor.Tell(Kill.Instance);
        _rig.ObeyRepeated(VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);

        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal((VmEnd.Stopped, 2L), (ended.End, ended.Ports[0].Written));
        Assert.Equal(6, _trace.Count("device-model/vm-7", LifeChange.Resumed));
    }

    [Fact]
    public void A_machines_actor_that_always_crashes_is_told_to_end()
    {
        Start();
        for (var i = 0; i <= RestartBudget.Most; i++)
            _rig.VmActor.Tell(Kill.Instance);
        _rig.ObeyRepeated(VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);

        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.Failed, ended.End);
        Assert.True(_backends["a"].IsDisposed);
    }

    [Fact]
    public void One_that_cannot_even_end_is_taken_away_on_the_other_sides()
    {
        Start();
        for (var i = 0; i < 3 * RestartBudget.Most; i++)
            _rig.VmActor.Tell(Kill.Instance);
        _rig.ObeyRepeated(VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);

        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.Failed, ended.End);
        Assert.Contains("its device model failed", ended.Detail, StringComparison.Ordinal);
        Assert.Single(ended.Ports);
        Assert.True(_backends["a"].IsDisposed);

        // The name is free again.
        _rig.Launch(MachineRig.Spec(new ConsolePortSpec("a", true, BackendKind.Memory)));
        _rig.Await<ControlHop.CreateVm>();
    }

    [Fact]
    public void A_line_of_which_nobody_says_that_it_is_known_is_told_again()
    {
        var (_, transmit, io) = Start();
        transmit.Send(transmit.Out([1]));
        Kick(io, 1);

        Assert.Equal(_rig.Await<InterruptHop.SetIrqLine>(), _rig.Await<InterruptHop.SetIrqLine>());
    }

    private (DriverRing Receive, DriverRing Transmit, ushort Io) Start()
    {
        _rig.Run(new ConsolePortSpec("a", true, BackendKind.Memory, Policy: PortPolicy.Block));
        return _rig.BringUpLegacy();
    }

    private void Kick(ushort io, ushort queue) => _rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, queue));

    private ActorSelection Device() => Sys.ActorSelection(_rig.VmActor.Path / "pci-0.3.0");

    private ActorSelection Port() => Sys.ActorSelection(_rig.VmActor.Path / "pci-0.3.0" / "port-0");

    private sealed class Points : ICrashPoints
    {
        private readonly Lock _lock = new();
        private string? _site;
        private int _left;
        private bool _isAlways;

        public void Arm(string site, int nth)
        {
            lock (_lock)
                (_site, _left) = (site, nth);
        }

        public void ArmAlways(string site)
        {
            lock (_lock)
                (_site, _isAlways) = (site, true);
        }

        public void Here(CrashSite site, VmId vm, int detail)
        {
            lock (_lock)
            {
                if (site.Name != _site || (!_isAlways && --_left != 0))
                    return;
            }

            throw new InvalidOperationException($"crashed on purpose at {site.Name}");
        }
    }

    private sealed class LifeTrace : PathTrace
    {
        private readonly Lock _lock = new();
        private readonly List<LifeStep> _steps = [];

        public override void Record(in PathStep step)
        {
        }

        public override void Record(in LifeStep step)
        {
            lock (_lock)
                _steps.Add(step);
        }

        public int Count(string actor, LifeChange change)
        {
            lock (_lock)
                return _steps.Count(step => step.Actor == actor && step.Change == change && step.Vm == MachineRig.Vm);
        }

        public List<string> Of(string actor)
        {
            lock (_lock)
                return [.. _steps.Where(step => step.Actor == actor && step.Reason is null | step.Change == LifeChange.Crashed).Select(step => step.Change.ToString())];
        }
    }
}
