using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>Interrupts on their way to a vCPU.</summary>
public sealed class InterruptOfferTests : VirtualMachineRig
{
    [Fact]
    public void Interrupts_reach_a_blocked_vcpu_and_not_a_paused_one()
    {
        Start();
        EnableApic();
        Exit(0, Forwarded);
        _host.Take();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        Assert.Equal(["deliver 0 1 41"], _host.Take());
        Command(VmCommandKind.Pause);
        _host.Take();
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        Assert.Empty(_host.Take());
    }

    [Fact]
    public void A_vector_is_in_service_when_its_vcpu_has_accepted_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        _vm.InterruptAccepted(1, 0, 1, 0x41);

        Assert.Equal(2u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(0, _vm.Counters.StaleAcceptances);
    }

    [Theory]
    [InlineData(1u, 0, 2UL, 0x41)]
    [InlineData(1u, 0, 0UL, 0x41)]
    [InlineData(1u, 0, 1UL, 0x42)]
    [InlineData(1u, 0, 1UL, 0xEE)]
    [InlineData(2u, 0, 1UL, 0x41)]
    [InlineData(1u, 1, 1UL, 0x41)]
    public void An_acceptance_of_what_is_not_offered_is_dropped_and_counted(uint epoch, int vcpu, ulong sequence, byte vector)
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptAccepted(epoch, vcpu, sequence, vector);

        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(1, _vm.Counters.StaleAcceptances + _vm.Counters.StaleEpoch + _vm.Counters.NoSuchVcpu);
    }

    [Fact]
    public void An_exit_that_is_ahead_of_an_acceptance_waits_for_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        var eoi = new IoRequest(0, ++_sequences[0], IoAccess.Store(0xFEE0_00B0, 4, 0));
        _vm.Exit(1, eoi, taken: 1);
        Assert.Empty(_host.Take());
        Assert.Equal(1, _vm.Counters.EarlyExits);

        _vm.InterruptAccepted(1, 0, 1, 0x41);
        _vm.Exit(1, eoi, taken: 1);
        _vm.InterruptAccepted(1, 0, 1, 0x41);
        Assert.Equal([$"complete 0 {eoi.Sequence} 0 Completed"], _host.Take());
        Assert.Equal(0u, _vm.Interrupts.ApicOf(0).Read(0x120));
        Assert.Equal(1, _vm.Counters.StaleAcceptances);
    }

    [Fact]
    public void What_is_not_accepted_is_offered_again_by_the_same_number_ever_more_seldom_until_the_vcpu_holds_it()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        _vm.Tick();
        Assert.Empty(_host.Take());
        _vm.Tick();
        Assert.Equal(["deliver 0 1 41"], _host.Take());

        for (var i = 0; i < 80; i++)
            Assert.True(_vm.Tick());
        Assert.InRange(_host.Take().Length, 80 / InterruptOffers.MaxPeriods, 20);

        _vm.InterruptHeld(2, 0, 1);
        _vm.InterruptHeld(1, 0, 2);
        Assert.True(_vm.Tick());
        _vm.InterruptHeld(1, 0, 1);
        Assert.False(_vm.Tick());
    }

    [Fact]
    public void An_offer_that_is_held_doesnt_keep_another_from_being_repeated()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptHeld(1, 0, 1);
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        _host.Take();
        _vm.Tick();
        _vm.Tick();

        Assert.Equal(["deliver 0 2 51"], _host.Take());
    }

    [Fact]
    public void An_acceptance_that_asks_for_it_is_confirmed_as_often_as_it_comes()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _host.Take();
        _vm.InterruptAccepted(1, 0, 1, 0x41, confirm: true);
        _vm.InterruptAccepted(1, 0, 1, 0x41, confirm: true);

        Assert.Equal(["accepted 0 1", "accepted 0 1"], _host.Take());
    }

    [Fact]
    public void Accepted_interrupts_and_stopped_vcpus_keep_no_timer()
    {
        _vm = Make(2);
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        _vm.InterruptAccepted(1, 0, 1, 0x41);
        _vm.Tick();
        Assert.False(_vm.Tick());
        _vm.InjectMsi(1, 1, 2, 0xFEE0_0000, 0x51);
        _vm.VcpuEnded(1, 0, fault: null);
        _vm.Tick();
        Assert.False(_vm.Tick());
    }

    [Fact]
    public void Offers_are_forgotten_and_numbered_anew_by_a_reset()
    {
        Start();
        EnableApic();
        _vm.InjectMsi(1, 1, 1, 0xFEE0_0000, 0x41);
        PauseAll();
        Command(VmCommandKind.Reset);
        Command(VmCommandKind.Start);
        _vm.InterruptAccepted(2, 0, 1, 0x41);
        Assert.Equal(1, _vm.Counters.StaleAcceptances);
        _sequences[0] = 0;
        EnableApic();
        _host.Take();
        _vm.InjectMsi(2, 1, 1, 0xFEE0_0000, 0x51);
        Assert.Equal(["deliver 0 1 51"], _host.Take());
    }
}
