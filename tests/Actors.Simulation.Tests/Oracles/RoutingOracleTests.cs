using Actors.Protocol;
using static Actors.Protocol.IoRequestSlotState;

namespace Actors.Simulation.Tests;

/// <summary>I7, I17: where requests and kicks go.</summary>
public sealed class RoutingOracleTests
{
    private const ulong Doorbell = 0x8000_3000;
    private const ulong Cookie = 0x18_0001;

    [Fact]
    public void A_write_at_a_doorbell_rings_it()
    {
        using var stage = Registered(DoorbellStage());
        Dispatch(stage, IoAccess.Store(Doorbell, 2, 1)).Path(PathHop.WakeClient, 1, name: "ioeventfd-0", actor: OracleStage.Hsm)
            .Slot(Pending, Processing, SlotOwner.Hsm, 1, SlotView.Service).Path(PathHop.IoeventfdHandler, 1, detail: (long)Cookie, actor: OracleStage.Hsm)
            .Slot(Processing, Complete, SlotOwner.Client, 1, SlotView.Service).EndStep().IsContent();
    }

    [Fact]
    public void A_write_at_a_doorbell_that_goes_elsewhere_is_named() =>
        ToDefault(Dispatch(Registered(DoorbellStage()), IoAccess.Store(Doorbell, 2, 1)), IoAccess.Store(Doorbell, 2, 1)).EndStep().Objects("doorbell's range", "acrndm");

    [Fact]
    public void An_access_that_no_range_contains_whole_is_the_default_client_s()
    {
        using var stage = Registered(DoorbellStage());
        var access = IoAccess.Store(Doorbell + 2, 4, 1);
        ToDefault(Dispatch(stage, access), access).EndStep().IsContent();
        Dispatch(Registered(DoorbellStage()), access).Path(PathHop.WakeClient, 1, name: "ioeventfd-0", actor: OracleStage.Hsm)
            .Slot(Pending, Complete, SlotOwner.Hsm, 1, SlotView.Service).EndStep().Objects("no doorbell's range");
    }

    [Fact]
    public void A_doorbell_that_was_taken_back_is_the_default_client_s()
    {
        using var stage = Registered(DoorbellStage());
        Register(stage, IoeventfdFlags.Deassign, Errno.Ok);
        var access = IoAccess.Store(Doorbell, 2, 1);
        ToDefault(Dispatch(stage, access), access).EndStep().IsContent();
    }

    [Fact]
    public void The_wrong_doorbell_is_named() =>
        Dispatch(Registered(DoorbellStage()), IoAccess.Store(Doorbell, 2, 1)).Path(PathHop.WakeClient, 1, name: "ioeventfd-0", actor: OracleStage.Hsm)
            .Slot(Pending, Processing, SlotOwner.Hsm, 1, SlotView.Service).Path(PathHop.IoeventfdHandler, 1, detail: 5, actor: OracleStage.Hsm).EndStep().Objects("must ring", "rang 0x5");

    [Fact]
    public void Nothing_is_left_pending()
    {
        Dispatch(DoorbellStage(), IoAccess.Load(0x10, 4)).EndStep().Objects("still PENDING");
        DoorbellStage().Receive(OracleStage.Hsm, new UpcallHop.Upcall(OracleStage.Vm, 1, 0xF3, new IoRequest(0, 1, IoAccess.Load(0x10, 4)), default)).EndStep().Objects("after the scan");
    }

    [Fact]
    public void What_a_restarted_service_knows_is_not_certain()
    {
        using var stage = Registered(DoorbellStage());
        stage.Slot(Pending, Complete, SlotOwner.Hsm, 1, SlotView.Service).SetUp(SlotView.Service, 1);
        var access = IoAccess.Store(Doorbell, 2, 1);
        ToDefault(Dispatch(stage, access), access).EndStep().IsContent();
    }

    [Fact]
    public void A_doorbell_that_was_rung_is_signalled()
    {
        using var stage = new OracleStage(new KickOracle());
        stage.Path(PathHop.IoeventfdHandler, 1, detail: 7, actor: OracleStage.Hsm).Send(OracleStage.Hsm, OracleStage.Device, Signal(7, 1)).EndStep()
            .Send(OracleStage.Hsm, OracleStage.Device, Signal(7, 1)).EndStep().IsContent();
    }

    [Fact]
    public void A_doorbell_that_was_not_rung_is_not_signalled()
    {
        new OracleStage(new KickOracle()).Path(PathHop.IoeventfdHandler, 1, detail: 7, actor: OracleStage.Hsm).Send(OracleStage.Hsm, OracleStage.Device, Signal(8, 1))
            .Objects("0x7 was rung", "0x8 is signalled");
        new OracleStage(new KickOracle()).Path(PathHop.IoeventfdHandler, 1, detail: 7, actor: OracleStage.Hsm).Send(OracleStage.Hsm, OracleStage.Device, Signal(7, 1)).EndStep()
            .Send(OracleStage.Hsm, OracleStage.Device, Signal(7, 2)).Objects("signalled 2 times", "rung 1 times");
    }

    private static DispatchHop.DoorbellSignal Signal(ulong cookie, ulong count) => new(OracleStage.Vm, 1, cookie, count);

    private static OracleStage DoorbellStage()
    {
        var stage = new OracleStage(new RoutingOracle()).SetUp();
        return stage.Receive(OracleStage.Hsm, new ControlHop.VmCommand(1, OracleStage.Vm, VmCommandKind.CreateDefaultClient))
            .Send(OracleStage.Hsm, OracleStage.DeviceModel, new ControlHop.VmCommandResult(1, OracleStage.Vm, VmCommandKind.CreateDefaultClient, 1, Errno.Ok)).EndStep();
    }

    private static OracleStage Registered(OracleStage stage) => Register(stage, IoeventfdFlags.None, Errno.Ok);

    private static OracleStage Register(OracleStage stage, IoeventfdFlags flags, Errno result) =>
        stage.Receive(OracleStage.Hsm, new DispatchHop.SetIoeventfd(OracleStage.Vm, 1, 9, flags, Cookie, Doorbell, 4, 0, Akka.Actor.ActorRefs.Nobody))
            .Send(OracleStage.Hsm, OracleStage.Device, new DispatchHop.RegistrationResult(OracleStage.Vm, 1, 9, result)).EndStep();

    private static OracleStage Dispatch(OracleStage stage, IoAccess access) =>
        stage.Receive(OracleStage.Hsm, new ControlHop.VmCommand(2, OracleStage.Vm, VmCommandKind.Start)).Path(PathHop.IoreqDispatch, 1, access, actor: OracleStage.Hsm);

    private static OracleStage ToDefault(OracleStage stage, IoAccess access) =>
        stage.Path(PathHop.WakeClient, 1, name: "acrndm", actor: OracleStage.Hsm).Slot(Pending, Processing, SlotOwner.Hsm, 1, SlotView.Service)
            .Send(OracleStage.Hsm, OracleStage.DeviceModel, new DispatchHop.DispatchRequest(OracleStage.Vm, 1, new IoRequest(0, 1, access)));
}
