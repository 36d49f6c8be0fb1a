using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class VmCommandTests
{
    [Theory]
    [InlineData(VmCommandKind.Start)]
    [InlineData(VmCommandKind.Pause)]
    [InlineData(VmCommandKind.Reset)]
    [InlineData(VmCommandKind.Destroy)]
    [InlineData(VmCommandKind.SetCallbackVector)]
    public void What_the_hypervisor_must_do_is_passed_on_and_its_answer_comes_back(VmCommandKind kind)
    {
        var vm = new TestVm(defaultClient: false);
        var command = vm.Command(kind, argument: 0x40);
        Assert.Equal([command], vm.Effects.PassedOn);
        Assert.Empty(vm.Effects.Answers);

        vm.Command(kind, command.Id, 0x40);
        Assert.Equal(2, vm.Effects.PassedOn.Count);
        var result = new ControlHop.VmCommandResult(command.Id, TestVm.Id, kind, 1, Errno.NotPermitted);
        vm.Vm.OnCommandResult(result);
        vm.Vm.OnCommandResult(result);
        Assert.Equal((TestVm.DeviceModel, result), vm.Effects.Answers.Single());
        Assert.Equal(1, vm.Counters.StaleAnswers);

        vm.Command(kind, command.Id, 0x40);
        Assert.Equal(result, vm.Effects.Answers[^1].Result);
        Assert.Equal(2, vm.Effects.PassedOn.Count);
    }

    [Fact]
    public void One_command_at_a_time()
    {
        var vm = new TestVm(defaultClient: false);
        vm.Command(VmCommandKind.Pause);
        var other = vm.Command(VmCommandKind.Reset);
        Assert.Equal((other.Id, Errno.Busy), (vm.Effects.Answers.Single().Result.Id, vm.Effects.Answers.Single().Result.Result));
        Assert.Single(vm.Effects.PassedOn);
    }

    [Fact]
    public void A_vm_has_one_default_client_and_a_repeated_command_makes_no_second()
    {
        var vm = new TestVm(defaultClient: false);
        var create = vm.Command(VmCommandKind.CreateDefaultClient);
        vm.Command(VmCommandKind.CreateDefaultClient, create.Id);
        vm.Command(VmCommandKind.CreateDefaultClient);
        vm.Command(VmCommandKind.DestroyDefaultClient);
        vm.Command(VmCommandKind.DestroyDefaultClient);
        vm.Command(VmCommandKind.CreateDefaultClient);
        Assert.Equal([Errno.Ok, Errno.Ok, Errno.Exists, Errno.Ok, Errno.Ok, Errno.Ok], vm.Effects.Answers.Select(each => each.Result.Result));
        Assert.Empty(vm.Effects.PassedOn);
    }

    [Fact]
    public void A_late_repeat_of_an_old_command_destroys_nothing()
    {
        var vm = new TestVm(defaultClient: false);
        var destroy = vm.Command(VmCommandKind.DestroyDefaultClient);
        vm.Command(VmCommandKind.CreateDefaultClient);
        vm.Command(VmCommandKind.DestroyDefaultClient, destroy.Id);
        vm.Upcall(0, 1, IoAccess.In(0x60, 1));
        Assert.Single(vm.Effects.Dispatched);
    }

    [Theory]
    [InlineData(Errno.Ok, 2U)]
    [InlineData(Errno.NotPermitted, 1U)]
    public void A_reset_that_succeeds_begins_an_epoch(Errno result, uint epoch)
    {
        var vm = new TestVm();
        vm.Upcall(1, new IoRequest(0, 9, IoAccess.In(0x60, 1)), new IoRequest(1, 9, IoAccess.In(0x60, 1)));
        vm.Carry(VmCommandKind.Reset, result);
        Assert.Equal(epoch, vm.Vm.Epoch);
        Assert.Equal(epoch, vm.Effects.Answers[^1].Result.Epoch);
        Assert.Equal(epoch == 2 ? IoRequestSlotState.Free : IoRequestSlotState.Processing, vm.Vm.Page[0].State);

        vm.Done(0, 9, 1, epoch: 1);
        Assert.Equal(epoch == 2 ? 0 : 1, vm.Effects.Finished.Count);
        Assert.Equal(epoch == 2 ? 1 : 0, vm.Counters.StaleEpoch);
    }

    [Fact]
    public void After_a_reset_sequences_begin_anew_and_the_address_register_is_zero()
    {
        var vm = new TestVm();
        vm.Upcall(0, 50, IoAccess.Out(0xCF8, 4, 0x8000_0000));
        vm.Carry(VmCommandKind.Reset);
        vm.Upcall(0, 1, IoAccess.In(0xCF8, 4));
        Assert.Equal((2U, 0, 1UL, 0UL), vm.Effects.Finished[^1]);
    }

    [Fact]
    public void A_destroyed_vm_serves_nothing_and_repeats_its_last_answer()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, 5, 0x1000);
        vm.SetIrqfd(true, 6);
        vm.Register(IoeventfdFlags.Asyncio, 7, 0x2000);
        vm.Upcall(0, 1, IoAccess.In(0x60, 1));
        vm.Carry(VmCommandKind.Destroy);

        Assert.True(vm.Vm.IsGone);
        Assert.Equal((0, 0), (vm.Vm.IoeventfdCount, vm.Vm.IrqfdCount));
        Assert.Equal(Errno.NoDevice, vm.LastRegistration());
        Assert.False(vm.Vm.OnRetryTick());
        var result = vm.Effects.Answers[^1].Result;
        Assert.Equal((VmCommandKind.Destroy, Errno.Ok), (result.Command, result.Result));

        vm.Command(VmCommandKind.Destroy, result.Id);
        Assert.Equal(result, vm.Effects.Answers[^1].Result);
        vm.Command(VmCommandKind.Start);
        Assert.Equal(Errno.NoDevice, vm.Effects.Answers[^1].Result.Result);
        vm.Upcall(0, 2, IoAccess.In(0x60, 1));
        vm.Done(0, 1);
        Assert.Single(vm.Effects.Dispatched);
        Assert.Empty(vm.Effects.Finished);
    }

    [Fact]
    public void A_destroy_that_the_hypervisor_refuses_takes_nothing_away()
    {
        var vm = new TestVm();
        vm.Register(IoeventfdFlags.None, 5, 0x1000);
        vm.Carry(VmCommandKind.Destroy, Errno.NotPermitted);
        Assert.False(vm.Vm.IsGone);
        vm.Upcall(0, 1, IoAccess.Store(0x1000, 2, 0));
        Assert.Single(vm.Effects.Signals);
        vm.Upcall(0, 2, IoAccess.Load(0x60, 1));
        Assert.Single(vm.Effects.Dispatched);
    }

    [Fact]
    public void The_end_of_the_hypervisors_actor_answers_a_destroy_and_nothing_else()
    {
        var vm = new TestVm(defaultClient: false);
        vm.Command(VmCommandKind.Pause);
        vm.Vm.OnHypervisorGone();
        Assert.Empty(vm.Effects.Answers);

        var other = new TestVm(defaultClient: false);
        other.Command(VmCommandKind.Destroy);
        other.Vm.OnHypervisorGone();
        Assert.Equal(Errno.Ok, other.Effects.Answers.Single().Result.Result);
    }

    [Fact]
    public void Events_and_interrupts_of_another_epoch_stop_here()
    {
        var vm = new TestVm();
        Assert.True(vm.Vm.MayReport(new ControlHop.VmEvent(TestVm.Id, 1, VmEventKind.PowerOff, null)));
        Assert.False(vm.Vm.MayReport(new ControlHop.VmEvent(TestVm.Id, 2, VmEventKind.PowerOff, null)));
        Assert.True(vm.Vm.MayInject(1, 1, 0));
        Assert.False(vm.Vm.MayInject(0, 1, 0));
        Assert.Equal(2, vm.Counters.StaleEpoch);
    }
}
