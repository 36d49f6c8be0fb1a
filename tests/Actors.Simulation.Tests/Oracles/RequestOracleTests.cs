using Actors.Protocol;
using static Actors.Protocol.IoRequestSlotState;

namespace Actors.Simulation.Tests;

/// <summary>I3, I4, I5, I6: slots, completions, waiters.</summary>
public sealed class RequestOracleTests
{
    private static readonly IoAccess Read = IoAccess.Load(0x8000_0000, 4);

    [Fact]
    public void A_slot_may_go_round()
    {
        using var stage = new OracleStage(new SlotAutomatonOracle()).SetUp();
        stage.Insert(1).Begin(1).Complete(1).Free(1).Insert(2).Slot(Pending, Complete, SlotOwner.Hsm, 2, SlotView.Service).Free(2).IsContent();
    }

    [Fact]
    public void A_reset_frees_a_slot_wherever_it_is_and_each_view_at_its_time()
    {
        using var stage = new OracleStage(new SlotAutomatonOracle()).SetUp();
        stage.Insert(1).SetUp(SlotView.Hypervisor, 2).Begin(1).Complete(1).SetUp(SlotView.Service, 2).Insert(1, 2).Begin(1, 2).Complete(1, 2).Free(1, 2).IsContent();
    }

    [Fact]
    public void A_restarted_service_may_take_a_request_up_anew()
    {
        using var stage = new OracleStage(new SlotAutomatonOracle()).SetUp();
        stage.Insert(1).Begin(1).SetUp(SlotView.Service, 1).Begin(1).Complete(1).Free(1).IsContent();
    }

    [Fact]
    public void A_slot_isn_t_freed_before_it_is_complete() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Insert(1).Begin(1).Free(1).Objects("request 1", "completed request 0");

    [Fact]
    public void A_slot_isn_t_freed_twice() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Insert(1).Begin(1).Complete(1).Free(1).Free(1).Objects("is Free");

    [Fact]
    public void The_service_doesn_t_begin_what_is_not_pending() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Begin(1).Objects("request 1");

    [Fact]
    public void The_service_doesn_t_begin_a_request_while_it_has_one() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Insert(1).Begin(1).Begin(1).Objects("Processing");

    [Fact]
    public void An_edge_belongs_to_its_owner() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Insert(1)
            .Slot(Pending, Processing, SlotOwner.Hsm, 1, SlotView.Service, actor: OracleStage.Hypervisor).Objects("was taken by hypervisor/vm-0");

    [Fact]
    public void Only_edges_of_the_automaton_are_taken() =>
        new OracleStage(new SlotAutomatonOracle()).SetUp().Insert(1).Slot(Pending, Free, SlotOwner.Hypervisor, 1).Objects("no edge of the hypervisor");

    [Fact]
    public void A_slot_is_not_written_over()
    {
        new OracleStage(new SlotExclusivityOracle()).SetUp().Insert(1).Insert(2).Objects("request 2", "request 1");
        using var stage = new OracleStage(new SlotExclusivityOracle()).SetUp();
        stage.Insert(1).Free(1).Insert(2).IsContent();
    }

    [Fact]
    public void An_upcall_carries_what_the_slot_holds()
    {
        new OracleStage(new SlotExclusivityOracle()).SetUp().Insert(1).Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(2)).Objects("carries request 2", "holds 1");
        new OracleStage(new SlotExclusivityOracle()).SetUp().Insert(1).Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(1))
            .Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(1) with { Request = new IoRequest(0, 1, Read with { Address = 7 }) }).Objects("now it is");
        using var stage = new OracleStage(new SlotExclusivityOracle()).SetUp();
        stage.Insert(1).Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(1)).Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(1))
            .Free(1).Send(OracleStage.Hypervisor, OracleStage.Hsm, Upcall(1), isLate: true).IsContent();
    }

    [Fact]
    public void A_completion_may_come_twice_as_long_as_it_acts_once()
    {
        using var stage = Outstanding(1);
        stage.Receive(OracleStage.Hypervisor, Finished(1, 5)).Free(1).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 5))
            .Receive(OracleStage.Hypervisor, Finished(1, 5)).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 5))
            .Receive(OracleStage.Vcpu0, Answer(1, 5)).Path(PathHop.VmEntry, 1).IsContent();
    }

    [Fact]
    public void A_completion_finishes_its_own_request_and_no_other()
    {
        Outstanding(2).Receive(OracleStage.Hypervisor, Finished(1, 5)).Free(2).Objects("completion of request 1", "finished request 2");
        Outstanding(1).Receive(OracleStage.Hypervisor, Finished(1, 5) with { Epoch = 0 }).Free(1).Objects("epoch 0");
        Outstanding(1).Free(1).Objects("without a completion");
    }

    [Fact]
    public void A_vCPU_is_told_the_value_that_its_request_was_completed_with() =>
        Outstanding(1).Receive(OracleStage.Hypervisor, Finished(1, 5)).Free(1).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 6)).Objects("0x5", "0x6");

    [Fact]
    public void A_repeated_answer_is_the_same() =>
        Outstanding(1).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 5)).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 6)).Objects("and again with 0x6");

    [Fact]
    public void A_vCPU_goes_on_once_and_with_the_answer_to_its_exit()
    {
        Outstanding(2).Receive(OracleStage.Vcpu0, Answer(1, 5)).Path(PathHop.VmEntry, 1).Objects("waits for exit 2");
        Outstanding(1).Receive(OracleStage.Vcpu0, Answer(1, 5)).Path(PathHop.VmEntry, 1).Path(PathHop.VmEntry, 1).Objects("waits for none");
    }

    [Fact]
    public void An_access_is_carried_out_once_unless_its_device_crashed_over_it()
    {
        Executed().Receive(OracleStage.Device, Access(1)).Path(PathHop.VirtioPciWrite, 1).Objects("carried out twice");
        using var stage = Executed();
        stage.Life("device-model/vm-0/pci-0.3.0", LifeChange.Crashed).Receive(OracleStage.Device, Access(1)).Path(PathHop.VirtioPciWrite, 1)
            .Receive(OracleStage.Device, Access(2)).Path(PathHop.VirtioPciWrite, 2).IsContent();
    }

    [Fact]
    public void A_waiter_is_answered_or_in_its_slot()
    {
        new OracleStage(new WaiterOracle()).SetUp().Path(PathHop.EmulateIo, 1, Read).EndStep().Objects("vcpu-0", "exit 1");
        new OracleStage(new WaiterOracle()).SetUp().Path(PathHop.EmulateIo, 1, Read).Insert(1).EndStep().Free(1).EndStep().Objects("exit 1");
        using var stage = new OracleStage(new WaiterOracle()).SetUp();
        stage.Path(PathHop.EmulateIo, 1, Read).Insert(1).EndStep().Free(1).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, Answer(1, 5)).EndStep()
            .Path(PathHop.EmulateIo, 2, Read).Path(PathHop.HypervisorHandler, 2).EndStep().IsContent();
    }

    [Fact]
    public void Nobody_waits_in_a_machine_that_is_paused()
    {
        using var stage = new OracleStage(new WaiterOracle()).SetUp();
        stage.Path(PathHop.EmulateIo, 1, Read).Insert(1).EndStep()
            .Receive(OracleStage.Hypervisor, new ControlHop.VmCommand(1, OracleStage.Vm, VmCommandKind.Pause)).Free(1).EndStep().IsContent();
    }

    private static OracleStage Outstanding(ulong sequence) => new OracleStage(new CompletionOracle()).SetUp()
        .Send(OracleStage.Vcpu0, OracleStage.Hypervisor, new GuestHop.IoExit(1, new IoRequest(0, sequence, Read))).Insert(sequence);

    private static OracleStage Executed() => new OracleStage(new CompletionOracle()).SetUp().Receive(OracleStage.Device, Access(1)).Path(PathHop.VirtioPciWrite, 1);

    private static UpcallHop.Upcall Upcall(ulong sequence) => new(OracleStage.Vm, 1, 0xF3, new IoRequest(0, sequence, Read), default);

    private static UpcallHop.RequestFinished Finished(ulong sequence, ulong value) => new(OracleStage.Vm, 1, 0, sequence, value);

    private static GuestHop.IoCompletion Answer(ulong sequence, ulong value) => new(1, sequence, value, IoOutcome.Completed);

    private static DeviceModel.DeviceHop.Access Access(ulong sequence) => new(1, 0, sequence, 4, 0, Read);
}
