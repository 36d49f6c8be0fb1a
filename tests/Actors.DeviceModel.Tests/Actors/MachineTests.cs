using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace Actors.DeviceModel.Tests;

/// <summary>The actors together, from the launch of a machine to its end, with an HSM that is a probe. Time stands still.</summary>
public sealed class MachineTests : TestKit
{
    private static readonly ConsolePortSpec Port = new("p", true, BackendKind.Memory);

    private readonly MemoryBackendFactory _backends = new();
    private readonly MachineRig _rig;

    public MachineTests()
        : base(MachineRig.Timeless)
    {
        _rig = new MachineRig(this, _backends);
    }

    [Fact]
    public void A_machine_is_made_step_by_step_and_its_launcher_hears_of_it()
    {
        Assert.Equal(MachineRig.Vm, _rig.Run(Port).Vm);
    }

    [Fact]
    public void A_backend_that_cannot_be_opened_refuses_the_machine_and_closes_the_others()
    {
        _backends.Refuse("second", "second is taken.");
        _rig.Launch(MachineRig.Spec(Port, Port with { Name = "second" }));
        Assert.Equal("second is taken.", _rig.Launcher.ExpectMsg<MachineHop.VmRefused>().Reason);
        Assert.True(_backends["p"].IsDisposed);
        _rig.Hsm.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_vm_that_the_hsm_refuses_is_refused_and_its_name_is_free_again()
    {
        _rig.Launch(MachineRig.Spec(Port));
        var create = _rig.Hsm.ExpectMsg<ControlHop.CreateVm>();
        _rig.Hsm.Reply(new ControlHop.VmCreated(create.Id, MachineRig.Vm, 0, Errno.NoMemory, null));
        Assert.Contains("NoMemory", _rig.Launcher.ExpectMsg<MachineHop.VmRefused>().Reason);
        Assert.True(_backends["p"].IsDisposed);

        _rig.Run(Port);
    }

    [Fact]
    public void A_name_in_use_is_refused()
    {
        _rig.Run(Port);
        _rig.Launch(MachineRig.Spec(Port));
        Assert.Contains("already", _rig.Launcher.ExpectMsg<MachineHop.VmRefused>().Reason);
    }

    [Fact]
    public void Accesses_that_are_nobodys_read_as_ones_and_write_nothing()
    {
        _rig.Run(Port);
        Assert.Equal(0xFFUL, _rig.Access(IoAccess.In(PlatformSpec.Com1Port, 1)));
        Assert.Equal(0xFFFFUL, _rig.Access(IoAccess.In(0x1000, 2)));
        Assert.Equal(0UL, _rig.Access(IoAccess.Out(0x1000, 4, 1)));
        Assert.Equal(ulong.MaxValue, _rig.Access(IoAccess.Load(0x9000_0000, 8)));
        Assert.Equal(0xFFFF_FFFFUL, _rig.Access(IoAccess.Load(PlatformSpec.EcamBase + (9 << 15), 4)));
        Assert.Equal(0UL, _rig.Access(new IoAccess(IoRequestType.WriteProtect, IoDirection.Write, 4, 0x1000, 1)));
    }

    [Fact]
    public void Configuration_space_answers_by_both_ways()
    {
        _rig.Run(Port);
        Assert.Equal(0x1003_1AF4UL, _rig.Config(0, 4));
        Assert.Equal(0x1003_1AF4UL, _rig.Access(IoAccess.Load(PlatformSpec.EcamBase + (3 << 15), 4)));
    }

    [Fact]
    public void A_request_that_comes_again_is_answered_again_and_not_executed_again()
    {
        _rig.Run(Port);
        var (_, _, io) = _rig.BringUpLegacy();
        var isr = new IoRequest(0, 1000, IoAccess.In((ushort)(io + VirtioPciSpec.LegacyIsr), 1));
        var write = new IoRequest(0, 1001, IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyDeviceConfig + VirtioConsoleSpec.ConfigEmergencyWrite), 1, 'x'));
        foreach (var request in new[] { isr, write, write, write })
        {
            _rig.VmActor.Tell(new DispatchHop.DispatchRequest(MachineRig.Vm, 1, request), _rig.Hsm.Ref);
            Assert.Equal(request.Sequence, _rig.Await<DispatchHop.RequestDone>().Sequence);
        }

        _rig.VmActor.Tell(new DispatchHop.DispatchRequest(MachineRig.Vm, 1, isr), _rig.Hsm.Ref);
        _rig.VmActor.Tell(new DispatchHop.DispatchRequest(MachineRig.Vm, 9, write with { Sequence = 1002 }), _rig.Hsm.Ref);
        _rig.Hsm.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        AwaitAssert(() => Assert.Equal("x"u8.ToArray(), _backends["p"].Written()));
    }

    [Fact]
    public void A_bar_that_moves_decodes_at_its_new_place_when_the_write_is_answered()
    {
        _rig.Run(Port);
        var old = (ushort)(_rig.Config(PciSpec.Bar0, 4) & 0xFFFC);
        _rig.Config(PciSpec.Bar0, 4, 0x5000);
        Assert.Equal(0UL, _rig.Access(IoAccess.In(0x5000 + VirtioPciSpec.LegacyStatus, 1)));
        Assert.Equal(0xFFUL, _rig.Access(IoAccess.In((ushort)(old + VirtioPciSpec.LegacyStatus), 1)));

        // Where RAM's neighbours are, it is inert.
        _rig.Config(PciSpec.Bar0, 4, 0x100);
        Assert.Equal(0xFFUL, _rig.Access(IoAccess.In(0x100 + VirtioPciSpec.LegacyStatus, 1)));
        _rig.Config(PciSpec.Bar0, 4, 0x5000);
        Assert.Equal(0UL, _rig.Access(IoAccess.In(0x5000 + VirtioPciSpec.LegacyStatus, 1)));
    }

    [Fact]
    public void Bytes_go_from_ring_to_backend_and_a_shared_line_tells_the_guest()
    {
        _rig.Run(Port);
        var (_, transmit, io) = _rig.BringUpLegacy();
        transmit.Send(transmit.Out("hello"u8.ToArray()));
        _rig.VmActor.Tell(new DispatchHop.DispatchRequest(
            MachineRig.Vm, 1, new IoRequest(0, 500, IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 1))), _rig.Hsm.Ref);

        var line = _rig.Await<InterruptHop.SetIrqLine>();
        Assert.Equal((PlatformSpec.FirstPciGsi, IrqLineOperation.SetHigh, 1UL), (line.Gsi, line.Operation, line.Sequence));
        Assert.Equal("hello"u8.ToArray(), _backends["p"].Written());
        Assert.Equal(1, transmit.UsedIndex);

        _rig.VmActor.Tell(new DispatchHop.DispatchRequest(
            MachineRig.Vm, 1, new IoRequest(0, 501, IoAccess.In((ushort)(io + VirtioPciSpec.LegacyIsr), 1))), _rig.Hsm.Ref);
        line = _rig.Await<InterruptHop.SetIrqLine>();
        Assert.Equal((IrqLineOperation.SetLow, 2UL), (line.Operation, line.Sequence));
        Assert.Equal(1UL, _rig.Await<DispatchHop.RequestDone>().Value);
    }

    [Fact]
    public void Doorbells_are_registered_and_their_signals_are_kicks()
    {
        _rig.Run(Port);
        var registered = new List<DispatchHop.SetIoeventfd>();
        var io = (ushort)(_rig.Config(PciSpec.Bar0, 4) & 0xFFFC);
        _rig.Hsm.IgnoreMessages(message =>
        {
            if (message is DispatchHop.SetIoeventfd set)
            {
                registered.Add(set);
                set.Listener.Tell(new DispatchHop.RegistrationResult(MachineRig.Vm, 1, set.Id, Errno.Ok));
                return true;
            }

            return false;
        });
        var (_, transmit, _) = _rig.BringUpLegacy();
        AwaitAssert(() => Assert.Equal(2, registered.Count));
        var doorbell = registered[1];
        Assert.Equal(
            (IoeventfdFlags.Pio | IoeventfdFlags.DataMatch, (ulong)io + VirtioPciSpec.LegacyQueueNotify, 2U, 1UL),
            (doorbell.Flags, doorbell.Address, doorbell.Length, doorbell.Data));
        Assert.Equal(((ulong)new Bdf(0, 3, 0).RequesterId << 16) + 2, doorbell.Cookie);

        transmit.Send(transmit.Out("ding"u8.ToArray()));
        doorbell.Listener.Tell(new DispatchHop.DoorbellSignal(MachineRig.Vm, 1, doorbell.Cookie, 1), _rig.Hsm.Ref);
        AwaitAssert(() => Assert.Equal("ding"u8.ToArray(), _backends["p"].Written()));

        // A repeated signal is acknowledged at once, and 32 at last.
        doorbell.Listener.Tell(new DispatchHop.DoorbellSignal(MachineRig.Vm, 1, doorbell.Cookie, 1), _rig.Hsm.Ref);
        Assert.Equal(1UL, _rig.Await<DispatchHop.DoorbellDrained>().Count);
        for (var i = 2UL; i <= 33; i++)
            doorbell.Listener.Tell(new DispatchHop.DoorbellSignal(MachineRig.Vm, 1, doorbell.Cookie, i), _rig.Hsm.Ref);
        Assert.Equal(33UL, _rig.Await<DispatchHop.DoorbellDrained>().Count);

        // One of another epoch never is: the next answer is the next repeat's.
        doorbell.Listener.Tell(new DispatchHop.DoorbellSignal(MachineRig.Vm, 2, doorbell.Cookie, 99), _rig.Hsm.Ref);
        doorbell.Listener.Tell(new DispatchHop.DoorbellSignal(MachineRig.Vm, 1, doorbell.Cookie, 33), _rig.Hsm.Ref);
        Assert.Equal(new DispatchHop.DoorbellDrained(MachineRig.Vm, 1, doorbell.Cookie, 33), _rig.Await<DispatchHop.DoorbellDrained>());
    }

    [Fact]
    public void Input_reaches_the_guest()
    {
        _rig.Run(Port);
        var (receive, _, io) = _rig.BringUpLegacy();
        receive.Send(receive.In(64));
        _rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 0));
        _backends["p"].Feed("abc"u8);
        AwaitAssert(() => Assert.Equal((0U, 3U), (receive.UsedElement(0).Id, receive.UsedElement(0).Length)));
        Assert.Equal("abc"u8.ToArray(), _rig.Memory.Peek(receive.Buffers, 3));
    }

    [Fact]
    public void A_root_that_drains_does_not_wait_for_machines_whose_guests_are_here()
    {
        _rig.Run(Port);
        _rig.Root.Tell(DeviceModelActor.Drain.Instance, _rig.Launcher.Ref);
        _rig.Launcher.FishForMessage(message => message is DeviceModelActor.Drained);
    }

    [Fact]
    public void A_stopped_machine_ends_in_order_with_a_report_of_every_port()
    {
        _rig.Run(Port);
        var (_, transmit, io) = _rig.BringUpLegacy();
        transmit.Send(transmit.Out("bye"u8.ToArray()));
        _rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 1));
        _rig.Root.Tell(new MachineHop.StopVm(MachineRig.Vm), _rig.Launcher.Ref);
        _rig.Obey(VmCommandKind.Pause);
        _rig.Obey(VmCommandKind.DestroyDefaultClient);
        _rig.Obey(VmCommandKind.Destroy);

        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.Stopped, ended.End);
        Assert.Equal(new PortReport("p", 3, 3, 0, 0, 0, null), Assert.Single(ended.Ports));
        Assert.True(_backends["p"].IsDisposed);
        _rig.BeginEpoch(1);
        _rig.Run(Port);
    }

    [Fact]
    public void A_reset_goes_through_pause_clear_devices_and_a_new_epoch()
    {
        _rig.Run(Port);
        var (_, _, io) = _rig.BringUpLegacy();
        _rig.Config(PciSpec.Bar0, 4, 0x6000);
        _rig.VmActor.Tell(new ControlHop.VmEvent(MachineRig.Vm, 1, VmEventKind.SystemReset, null));
        _rig.Obey(VmCommandKind.Pause);
        _rig.Obey(VmCommandKind.ClearIoRequests);
        _rig.BeginEpoch(2);
        _rig.Obey(VmCommandKind.Reset);
        _rig.Obey(VmCommandKind.Start);

        // BARs are where they were at first, the device is reset, and what belongs to the old epoch is no more.
        Assert.Equal(0UL, _rig.Access(IoAccess.In((ushort)(io + VirtioPciSpec.LegacyStatus), 1)));
        Assert.Equal(0xFFUL, _rig.Access(IoAccess.In(0x6000 + VirtioPciSpec.LegacyStatus, 1)));
        _rig.VmActor.Tell(new DispatchHop.DispatchRequest(MachineRig.Vm, 1, new IoRequest(0, 100, IoAccess.In(0, 1))), _rig.Hsm.Ref);
        _rig.VmActor.Tell(new ControlHop.VmEvent(MachineRig.Vm, 1, VmEventKind.SystemReset, null));
        _rig.BringUpLegacy();
        _rig.Hsm.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
        _rig.Launcher.ExpectNoMsg(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void A_machine_that_is_not_there_cannot_be_stopped()
    {
        _rig.Root.Tell(new MachineHop.StopVm(new VmId(99)), _rig.Launcher.Ref);
        Assert.Contains("vm-99", _rig.Launcher.ExpectMsg<MachineHop.VmRefused>().Reason);
    }
}
