using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class DispatchTests
{
    private static readonly IoAccess Load = IoAccess.Load(0x9000, 4);
    private static readonly IoAccess Store = IoAccess.Store(0x9000, 4, 5);
    private static readonly IoRange Nine = new(IoRequestType.Mmio, 0x9000, 0x9FFF);

    [Fact]
    public void One_upcall_may_carry_several_slots_and_they_go_in_slot_order()
    {
        var vm = new TestVm();
        vm.Upcall(1, new IoRequest(3, 1, Load), new IoRequest(0, 1, Load), new IoRequest(2, 1, Store));
        Assert.Equal([0, 2, 3], vm.Effects.Dispatched.Select(each => each.Request.Vcpu));
        Assert.Empty(vm.Effects.Finished);
    }

    [Fact]
    public void The_default_client_gets_what_no_range_contains_and_its_answer_finishes_the_request()
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, Load);
        Assert.Equal((TestVm.DeviceModel, 1U, new IoRequest(0, 1, Load)), vm.Effects.Dispatched.Single());

        vm.Done(0, 1, 0x1_2345_6789);
        Assert.Equal((1U, 0, 1UL, 0x2345_6789UL), vm.Effects.Finished.Single());
    }

    /// <summary>F13, F14, F21: a lost upcall, dispatch or answer comes again, a repeated one has no second effect.</summary>
    [Fact]
    public void A_repeated_upcall_dispatches_again_while_the_default_client_works_and_answers_again_when_it_has()
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, Load);
        vm.Upcall(0, 1, Load);
        Assert.Equal(2, vm.Effects.Dispatched.Count);
        Assert.Equal(vm.Effects.Dispatched[0], vm.Effects.Dispatched[1]);

        vm.Done(0, 1, 42);
        vm.Upcall(0, 1, Load);
        Assert.Equal(2, vm.Effects.Dispatched.Count);
        Assert.Equal([42UL, 42UL], vm.Effects.Finished.Select(each => each.Value));
        Assert.Equal(2, vm.Counters.Repeated);
    }

    [Fact]
    public void A_repeated_configuration_access_is_dispatched_again_as_it_was_converted()
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, IoAccess.Out(0xCF8, 4, 0x8000_1800));
        vm.Upcall(0, 2, IoAccess.In(0xCFC, 2));
        vm.Upcall(0, 2, IoAccess.In(0xCFC, 2));
        Assert.All(vm.Effects.Dispatched, each => Assert.Equal(IoRequestType.PciConfig, each.Request.Access.Type));
        Assert.Equal(2, vm.Effects.Dispatched.Count);
    }

    [Fact]
    public void Configuration_accesses_never_match_a_range()
    {
        var handler = new ScriptedHandler(IoreqResult.Done);
        var vm = new TestVm(clients: TestVm.Client(handler, new IoRange(IoRequestType.Mmio, 0, ulong.MaxValue), new IoRange(IoRequestType.PortIo, 0x1000, 0xFFFF)));
        vm.Upcall(0, 1, IoAccess.Out(0xCF8, 4, 0x8000_1800));
        vm.Upcall(0, 2, IoAccess.In(0xCFC, 4));
        Assert.Empty(handler.Seen);
        Assert.Single(vm.Effects.Dispatched);
    }

    /// <summary>F29.</summary>
    [Theory]
    [InlineData(false, 0xFFFF_FFFFUL)]
    [InlineData(true, 0UL)]
    public void Without_a_default_client_a_request_is_finished_as_if_nothing_were_there(bool write, ulong value)
    {
        var vm = new TestVm(defaultClient: false);
        vm.Upcall(1, new IoRequest(0, 1, write ? Store : Load), new IoRequest(3, 1, Load));
        Assert.Equal([(1U, 0, 1UL, value), (1U, 3, 1UL, 0xFFFF_FFFFUL)], vm.Effects.Finished);
        Assert.Equal(2, vm.Counters.Unclaimed);
    }

    [Fact]
    public void A_write_to_a_protected_page_is_ignored()
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, new IoAccess(IoRequestType.WriteProtect, IoDirection.Write, 4, 0x1000, 1));
        Assert.Equal((1U, 0, 1UL, 0UL), vm.Effects.Finished.Single());
        Assert.Empty(vm.Effects.Dispatched);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 1)]
    [InlineData(16, 1)]
    [InlineData(255, 1)]
    [InlineData(4, 9)]
    public void A_request_that_cannot_be_is_finished_and_nobody_sees_it(int size, int type)
    {
        var handler = new ScriptedHandler(IoreqResult.Done);
        var vm = new TestVm(clients: TestVm.Client(handler, new IoRange(IoRequestType.Mmio, 0, ulong.MaxValue)));
        vm.Upcall(0, 1, new IoAccess((IoRequestType)type, IoDirection.Read, (byte)size, 0x10, 0));
        Assert.Single(vm.Effects.Finished);
        Assert.Empty(vm.Effects.Dispatched);
        Assert.Empty(handler.Seen);
    }

    /// <summary>F28.</summary>
    [Fact]
    public void The_newest_client_that_contains_the_access_serves_it()
    {
        var older = new ScriptedHandler(IoreqResult.Completed(1));
        var newer = new ScriptedHandler(IoreqResult.Completed(2));
        var vm = new TestVm(clients: [TestVm.Client(older, Nine), TestVm.Client(newer, Nine with { Start = 0x9004 })]);
        vm.Upcall(0, 1, IoAccess.Load(0x9004, 4));
        vm.Upcall(0, 2, IoAccess.Load(0x9002, 4));
        Assert.Equal([2UL, 1UL], vm.Effects.Finished.Select(each => each.Value));
        Assert.Single(newer.Seen);
        Assert.Single(older.Seen);
    }

    [Fact]
    public void What_a_client_will_not_have_goes_to_older_ones_and_then_to_the_default_client()
    {
        var older = new ScriptedHandler(IoreqResult.NotMine);
        var newer = new ScriptedHandler(IoreqResult.NotMine);
        var vm = new TestVm(clients: [TestVm.Client(older, Nine), TestVm.Client(newer, Nine)]);
        vm.Upcall(0, 1, Load);
        Assert.Single(newer.Seen);
        Assert.Single(older.Seen);
        Assert.Single(vm.Effects.Dispatched);
        vm.Done(0, 1, 9);
        Assert.Equal(9UL, vm.Effects.Finished.Single().Value);
    }

    /// <summary>F18.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_handler_that_fails_or_throws_finishes_the_request_with_ones_and_delays_nobody(bool throws)
    {
        var handler = new ScriptedHandler(_ => throws ? throw new InvalidOperationException("broken") : default);
        var vm = new TestVm(clients: TestVm.Client(handler, Nine));
        vm.Upcall(1, new IoRequest(0, 1, Load), new IoRequest(1, 1, Load), new IoRequest(2, 1, IoAccess.Load(0x100, 1)));
        Assert.Equal([0xFFFF_FFFFUL, 0xFFFF_FFFFUL], vm.Effects.Finished.Select(each => each.Value));
        Assert.Equal(2, handler.Seen.Count);
        Assert.Equal(2, vm.Counters.ClientErrors);
        Assert.Single(vm.Effects.Dispatched);
    }

    /// <summary>F22.</summary>
    [Fact]
    public void A_client_may_finish_later_and_only_once()
    {
        var handler = new ScriptedHandler(IoreqResult.Later);
        var vm = new TestVm(clients: TestVm.Client(handler, Nine));
        vm.Upcall(0, 1, Load);
        vm.Upcall(0, 1, Load);
        Assert.Single(handler.Seen);
        Assert.Empty(vm.Effects.Finished);

        vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, 1, 0, 1, 7));
        vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, 1, 0, 1, 8));
        Assert.Equal(7UL, vm.Effects.Finished.Single().Value);
        Assert.Equal(1, vm.Counters.NotProcessing);
    }

    [Fact]
    public void A_client_may_fail_later()
    {
        var vm = new TestVm(clients: TestVm.Client(new ScriptedHandler(IoreqResult.Later), Nine));
        vm.Upcall(0, 1, Load);
        vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, 1, 0, 1, 7, Failed: true));
        Assert.Equal(0xFFFF_FFFFUL, vm.Effects.Finished.Single().Value);
    }

    [Fact]
    public void The_device_model_cannot_finish_what_another_client_has()
    {
        var vm = new TestVm(clients: TestVm.Client(new ScriptedHandler(IoreqResult.Later), Nine));
        vm.Upcall(0, 1, Load);
        vm.Done(0, 1, 3);
        Assert.Empty(vm.Effects.Finished);
        Assert.Equal(1, vm.Counters.NotProcessing);
    }

    /// <summary>F19.</summary>
    [Theory]
    [InlineData(-1, 1)]
    [InlineData(4, 1)]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(1, 1)]
    public void A_completion_of_anything_but_the_request_in_hand_is_dropped_and_counted(int vcpu, ulong sequence)
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, Load);
        vm.Done(vcpu, sequence);
        Assert.Empty(vm.Effects.Finished);
        Assert.Equal(1, vm.Counters.VcpuOutOfRange + vm.Counters.StaleSequence + vm.Counters.NotProcessing);
    }

    /// <summary>F22.</summary>
    [Fact]
    public void A_second_completion_changes_nothing()
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, Load);
        vm.Done(0, 1, 1);
        vm.Done(0, 1, 2);
        Assert.Single(vm.Effects.Finished);
        vm.Upcall(0, 1, Load);
        Assert.Equal(1UL, vm.Effects.Finished[^1].Value);
        Assert.Equal(1, vm.Counters.NotProcessing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void What_carries_another_epoch_is_dropped_and_a_newer_one_does_not_begin_by_itself(uint epoch)
    {
        var vm = new TestVm();
        vm.Carry(VmCommandKind.Reset);
        Assert.Equal(2U, vm.Vm.Epoch);
        vm.Upcall(0, 1, Load, epoch);
        vm.Done(0, 1, 0, epoch);
        Assert.Empty(vm.Effects.Dispatched);
        Assert.Equal(2, vm.Counters.StaleEpoch);
        Assert.Equal(2U, vm.Vm.Epoch);
    }

    [Fact]
    public void An_upcall_with_more_slots_than_a_page_has_is_read_to_the_end_of_the_page()
    {
        var vm = new TestVm(vcpus: 1);
        vm.Upcall(1, [.. Enumerable.Range(0, 1000).Select(_ => new IoRequest(5, 1, Load))]);
        Assert.Equal(1 + VmLimits.MaxVcpus, vm.Counters.VcpuOutOfRange);
    }

    [Fact]
    public void A_polling_vm_is_never_notified_and_sees_its_slot()
    {
        var vm = new TestVm(polling: true);
        vm.Upcall(0, 1, Load);
        Assert.Equal((true, IoRequestSlotState.Processing, 0UL), Poll(vm, 0, 1));
        vm.Done(0, 1, 0x55);
        Assert.Equal((true, IoRequestSlotState.Complete, 0x55UL), Poll(vm, 0, 1));
        Assert.Equal((true, IoRequestSlotState.Complete, 0x55UL), Poll(vm, 0, 1));
        Assert.Empty(vm.Effects.Finished);
    }

    [Fact]
    public void A_polling_vcpu_whose_upcall_was_lost_sees_pending_and_an_older_question_is_dropped()
    {
        var vm = new TestVm(polling: true);
        Assert.Equal((true, IoRequestSlotState.Pending, 0UL), Poll(vm, 0, 1));
        vm.Upcall(0, 5, Load);
        vm.Done(0, 5, 3);
        Assert.Equal((true, IoRequestSlotState.Pending, 0UL), Poll(vm, 0, 6));
        Assert.False(Poll(vm, 0, 4).Answered);
        Assert.False(Poll(vm, 0, 0).Answered);
        Assert.False(Poll(vm, 9, 1).Answered);
    }

    [Fact]
    public void Clearing_finishes_what_the_default_client_has_with_untouched_values()
    {
        var vm = new TestVm();
        vm.Upcall(1, new IoRequest(0, 1, Load), new IoRequest(1, 1, Store));
        vm.Command(VmCommandKind.ClearIoRequests);
        Assert.Equal([0UL, 0UL], vm.Effects.Finished.Select(each => each.Value));
        Assert.Equal(Errno.Ok, vm.Effects.Answers[^1].Result.Result);
        Assert.Equal(0, vm.Effects.ClearingTimers);
        vm.Done(0, 1, 9);
        Assert.Equal(2, vm.Effects.Finished.Count);
    }

    [Fact]
    public void Clearing_waits_for_other_clients_and_finishes_what_arrives_meanwhile()
    {
        var vm = new TestVm(clients: TestVm.Client(new ScriptedHandler(IoreqResult.Later), Nine));
        vm.Upcall(0, 1, Load);
        int answers = vm.Effects.Answers.Count;
        vm.Command(VmCommandKind.ClearIoRequests);
        Assert.Equal(1, vm.Effects.ClearingTimers);

        vm.Upcall(1, 1, IoAccess.Load(0x100, 4));
        Assert.Equal((1U, 1, 1UL, 0UL), vm.Effects.Finished.Single());
        Assert.Empty(vm.Effects.Dispatched);
        Assert.Equal(answers, vm.Effects.Answers.Count);

        vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, 1, 0, 1, 6));
        Assert.Equal((1U, 0, 1UL, 6UL), vm.Effects.Finished[^1]);
        Assert.Equal(answers + 1, vm.Effects.Answers.Count);
        Assert.Equal(1, vm.Effects.ClearingTimersStopped);

        vm.Upcall(1, 2, IoAccess.Load(0x100, 4));
        Assert.Single(vm.Effects.Dispatched);
    }

    /// <summary>F31, F17: a client that never finishes holds its vCPU until a clear or a reset, no longer.</summary>
    [Fact]
    public void Clearing_that_uses_up_its_budget_finishes_the_rest_itself()
    {
        var vm = new TestVm(clients: TestVm.Client(new ScriptedHandler(IoreqResult.Later), Nine));
        vm.Upcall(0, 1, Load);
        var command = vm.Command(VmCommandKind.ClearIoRequests);
        vm.Vm.OnCommand(command, TestVm.DeviceModel);
        vm.Vm.OnClearingExpired();
        Assert.Equal((1U, 0, 1UL, 0UL), vm.Effects.Finished.Single());
        Assert.Equal((command.Id, Errno.Ok), (vm.Effects.Answers[^1].Result.Id, vm.Effects.Answers[^1].Result.Result));
        vm.Vm.OnClearingExpired();
        vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, 1, 0, 1, 6));
        Assert.Single(vm.Effects.Finished);
    }

    /// <summary>F29.</summary>
    [Fact]
    public void Destroying_the_default_client_finishes_what_it_had_as_if_nothing_were_there()
    {
        var vm = new TestVm();
        vm.Upcall(1, new IoRequest(0, 1, Load), new IoRequest(1, 1, Store));
        vm.Command(VmCommandKind.DestroyDefaultClient);
        Assert.Equal([0xFFFF_FFFFUL, 0UL], vm.Effects.Finished.Select(each => each.Value));
        vm.Upcall(0, 2, Load);
        Assert.Equal((1U, 0, 2UL, 0xFFFF_FFFFUL), vm.Effects.Finished[^1]);
        vm.Done(0, 1, 5);
        Assert.Equal(3, vm.Effects.Finished.Count);
    }

    [Fact]
    public void Destroying_a_client_finishes_what_it_had()
    {
        var effects = new RecordedEffects();
        var clients = new IoreqClients();
        var dispatcher = new IoreqDispatcher(TestVm.Id, new ServicePage(2), clients, new HsmCounters(), effects, null, polling: false);
        dispatcher.BeginEpoch(1);
        var client = TestVm.Client(new ScriptedHandler(IoreqResult.Later), Nine);
        clients.Add(client);
        dispatcher.Accept(new IoRequest(1, 1, Load));
        dispatcher.Scan();
        Assert.Equal(1, clients.InHand);

        dispatcher.DestroyClient(client);
        Assert.Equal((1U, 1, 1UL, 0xFFFF_FFFFUL), effects.Finished.Single());
        Assert.Equal(0, clients.InHand);
        Assert.Equal(0, clients.Count);
    }

    [Fact]
    public void A_vm_has_a_bounded_number_of_clients()
    {
        var clients = new IoreqClients();
        for (int i = 0; i < HsmSpec.MaxClients; i++)
            Assert.Equal(Errno.Ok, clients.Add(TestVm.Client(new ScriptedHandler(IoreqResult.Done))));
        Assert.Equal(Errno.NoMemory, clients.Add(TestVm.Client(new ScriptedHandler(IoreqResult.Done))));
        Assert.Equal(Errno.Ok, clients.CreateDefault("a"));
        Assert.Equal(Errno.Exists, clients.CreateDefault("a"));
    }

    /// <summary>F20: a completion with bits that the access doesn't have, or with a value for a write.</summary>
    [Theory]
    [InlineData(1, 0xFFUL)]
    [InlineData(4, 0xFFFF_FFFFUL)]
    [InlineData(8, ulong.MaxValue)]
    public void A_value_is_cut_to_the_access_and_a_write_has_none(byte size, ulong seen)
    {
        var vm = new TestVm();
        vm.Upcall(0, 1, IoAccess.Load(0x1000, size));
        vm.Upcall(1, 1, IoAccess.Store(0x1000, size, 3));
        vm.Done(0, 1, ulong.MaxValue);
        vm.Done(1, 1, ulong.MaxValue);

        Assert.Equal([seen, 0UL], vm.Effects.Finished.Select(finished => finished.Value));
    }

    [Fact]
    public void The_path_of_a_slow_request_is_traced()
    {
        var trace = new RecordedTrace();
        var vm = new TestVm(trace: trace);
        Assert.Equal(["ioeventfd-7", "acrndm"], trace.Steps.Select(step => step.Name));
        trace.Steps.Clear();
        vm.Upcall(0, 1, Load);
        vm.Done(0, 1);
        Assert.Equal([PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler, PathHop.IoreqDispatch, PathHop.WakeClient, PathHop.NotifyRequestFinish], trace.Hops);
        Assert.All(trace.Steps, step => Assert.Equal((TestVm.Id, 0, 1UL, Load), (step.Vm, step.Vcpu, step.Sequence, step.Access)));
    }

    private static (bool Answered, IoRequestSlotState State, ulong Value) Poll(TestVm vm, int vcpu, ulong sequence)
    {
        bool answered = vm.Vm.TryPoll(new UpcallHop.PollSlot(TestVm.Id, vm.Vm.Epoch, vcpu, sequence), out var state, out ulong value);
        return (answered, state, value);
    }
}
