using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>I19, I26, I28: fences, order, time.</summary>
public sealed class EffectOracleTests
{
    [Fact]
    public void Nothing_of_an_earlier_epoch_leaves()
    {
        new OracleStage(new FenceOracle()).SetUp(2).Send(OracleStage.Hypervisor, OracleStage.Vcpu0, new GuestHop.IoCompletion(1, 5, 0, IoOutcome.Completed)).Objects("epoch 2", "IoCompletion of epoch 1");
        new OracleStage(new FenceOracle()).SetUp(2).Send(OracleStage.Hsm, OracleStage.Hypervisor, new UpcallHop.RequestFinished(OracleStage.Vm, 1, 0, 5, 0)).Objects("RequestFinished of epoch 1");
        using var stage = new OracleStage(new FenceOracle()).SetUp(1).SetUp(SlotView.Hypervisor, 2);
        stage.Send(OracleStage.Hypervisor, OracleStage.Vcpu0, new GuestHop.IoCompletion(2, 5, 0, IoOutcome.Completed))
            .Send(OracleStage.Hsm, OracleStage.Hypervisor, new UpcallHop.RequestFinished(OracleStage.Vm, 1, 0, 5, 0))
            .Send(OracleStage.Hypervisor, OracleStage.Vcpu0, new GuestHop.IoCompletion(1, 5, 0, IoOutcome.Completed), isLate: true).IsContent();
    }

    [Fact]
    public void An_interrupt_of_an_earlier_epoch_is_not_injected()
    {
        new OracleStage(new FenceOracle()).SetUp(2).Receive(OracleStage.Hypervisor, Msi(1)).Path(PathHop.InjectInterrupt, 0, actor: OracleStage.Hypervisor).Objects("epoch 1", "epoch 2");
        using var stage = new OracleStage(new FenceOracle()).SetUp(2);
        stage.Receive(OracleStage.Hypervisor, Msi(1)).Receive(OracleStage.Hypervisor, Msi(2)).Path(PathHop.InjectInterrupt, 0, actor: OracleStage.Hypervisor).IsContent();
    }

    [Fact]
    public void Exits_of_a_vCPU_keep_their_order()
    {
        new OracleStage(new OrderOracle()).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(2)).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1)).Objects("exit 1", "exit 2");
        using var stage = new OracleStage(new OrderOracle());
        stage.Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1)).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1)).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(2))
            .Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1), isLate: true).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1, epoch: 2)).IsContent();
    }

    [Fact]
    public void An_exit_follows_the_acceptances_of_what_was_taken_before_it()
    {
        new OracleStage(new OrderOracle()).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1, taken: 1)).Objects("1 interrupts", "0 were");
        using var stage = new OracleStage(new OrderOracle());
        stage.Send(OracleStage.Vcpu0, OracleStage.Hypervisor, new GuestHop.InterruptAccepted(1, 0, 3, 0x40)).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1, taken: 1)).IsContent();
    }

    [Fact]
    public void A_repeated_acceptance_counts_once() =>
        new OracleStage(new OrderOracle()).Send(OracleStage.Vcpu0, OracleStage.Hypervisor, new GuestHop.InterruptAccepted(1, 0, 3, 0x40))
            .Send(OracleStage.Vcpu0, OracleStage.Hypervisor, new GuestHop.InterruptAccepted(1, 0, 3, 0x40))
            .Send(OracleStage.Vcpu0, OracleStage.Hypervisor, Exit(1, taken: 2)).Objects("2 interrupts");

    [Fact]
    public void A_device_works_in_the_order_of_the_program()
    {
        new OracleStage(new OrderOracle()).Receive(OracleStage.Device, Access(2)).Path(PathHop.VirtioPciWrite, 2).Receive(OracleStage.Device, Access(1)).Path(PathHop.VirtioPciWrite, 1)
            .Objects("access 1 behind access 2");
        using var stage = new OracleStage(new OrderOracle());
        stage.Receive(OracleStage.Device, Access(2)).Path(PathHop.VirtioPciWrite, 2).Receive(OracleStage.Device, Access(1)).Path(PathHop.VirtioPciWrite, 1, vcpu: 1).IsContent();
    }

    [Fact]
    public void Time_does_not_go_back()
    {
        var stage = new OracleStage(new TimeOracle()) { Now = TimeSpan.FromTicks(5) };
        stage.EndStep().EndStep().IsContent();
        stage.Now = TimeSpan.FromTicks(4);
        stage.EndStep().Objects("back by 1 ticks");
    }

    private static GuestHop.IoExit Exit(ulong sequence, uint taken = 0, uint epoch = 1) => new(epoch, new IoRequest(0, sequence, IoAccess.Load(0, 4)), taken);

    private static InterruptHop.InjectMsi Msi(uint epoch) => new(OracleStage.Vm, epoch, 0x18, 1, 0xFEE0_0000, 0x41);

    private static DeviceModel.DeviceHop.Access Access(ulong sequence) => new(1, 0, sequence, 4, 0, IoAccess.Load(0, 4));
}
