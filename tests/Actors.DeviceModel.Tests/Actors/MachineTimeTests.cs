using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace Actors.DeviceModel.Tests;

/// <summary>What a machine's actors do when time passes: they repeat what got no answer, and give up what can't end.</summary>
public sealed class MachineTimeTests : TestKit
{
    private static readonly ConsolePortSpec Port = new("p", true, BackendKind.Memory);

    private readonly MemoryBackendFactory _backends = new();
    private readonly MachineRig _rig;

    public MachineTimeTests()
        : base(MachineRig.Patient) => _rig = new MachineRig(this, _backends);

    [Fact]
    public void A_command_that_nobody_answers_is_repeated_with_its_id()
    {
        _rig.Launch(MachineRig.Spec(Port));
        var first = _rig.Hsm.ExpectMsg<ControlHop.CreateVm>();
        var second = _rig.Hsm.ExpectMsg<ControlHop.CreateVm>();
        Assert.Equal(first.Id, second.Id);
        _rig.Hsm.Reply(new ControlHop.VmCreated(first.Id, MachineRig.Vm, 1, Errno.Ok, _rig.Hsm.Ref));
        var command = _rig.Await<ControlHop.VmCommand>();
        Assert.Equal(command, _rig.Await<ControlHop.VmCommand>());
    }

    [Fact]
    public void A_machine_whose_backend_blocks_ends_all_the_same()
    {
        _rig.Run(Port with { Policy = PortPolicy.Block });
        var (_, transmit, io) = _rig.BringUpLegacy();
        _backends["p"].HoldWrites(MemoryOutcome.WouldBlock);
        transmit.Send(transmit.Out(new byte[50]));
        _rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 1));
        _rig.VmActor.Tell(new ControlHop.VmEvent(MachineRig.Vm, 1, VmEventKind.PowerOff, null));
        _rig.Obey(VmCommandKind.Pause);
        _rig.Obey(VmCommandKind.DestroyDefaultClient);
        _rig.Obey(VmCommandKind.Destroy);
        var ended = _rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.PowerOff, ended.End);
        Assert.Equal((50L, 0L, 50L), (ended.Ports[0].FromGuest, ended.Ports[0].Written, ended.Ports[0].Dropped));
    }

    [Fact]
    public void A_device_that_fails_ends_its_machine_and_hangs_nobody()
    {
        var rig = new MachineRig(this, new BreakingFactory());
        rig.Run(Port);
        var (_, transmit, io) = rig.BringUpLegacy();
        transmit.Send(transmit.Out(1));
        rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 1));
        rig.ObeyRepeated(VmCommandKind.Pause);
        Assert.Equal(0xFFUL, rig.Access(IoAccess.In((ushort)(io + VirtioPciSpec.LegacyStatus), 1)));
        rig.ObeyRepeated(VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);
        var ended = rig.Launcher.ExpectMsg<MachineHop.VmEnded>();
        Assert.Equal(VmEnd.Failed, ended.End);
        Assert.Contains("broken on purpose", ended.Detail);
        Assert.Single(ended.Ports);
    }

    [Theory]
    [InlineData("port.write")]
    [InlineData("port.event")]
    [InlineData("dm.access")]
    [InlineData("dm.result")]
    [InlineData("vm.control")]
    public void A_link_that_loses_half_of_its_messages_delays_and_changes_nothing(string site)
    {
        var rig = new MachineRig(this, _backends, new Lossy(site));
        rig.Run(Port);
        var (receive, transmit, io) = rig.BringUpLegacy();
        receive.Send(receive.In(64));
        rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 0));
        _backends["p"].Feed("input"u8);
        for (var i = 0; i < 6; i++)
        {
            transmit.Send(transmit.Out((byte)('0' + i)));
            rig.Access(IoAccess.Out((ushort)(io + VirtioPciSpec.LegacyQueueNotify), 2, 1));
        }

        AwaitAssert(() => Assert.Equal("012345"u8.ToArray(), _backends["p"].Written()));
        AwaitAssert(() => Assert.Equal(6, transmit.UsedIndex));
        AwaitAssert(() => Assert.Equal(5U, receive.UsedElement(0).Length));

        rig.Root.Tell(new MachineHop.StopVm(MachineRig.Vm), rig.Launcher.Ref);
        rig.ObeyRepeated(VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy);
        var report = Assert.Single(rig.Launcher.ExpectMsg<MachineHop.VmEnded>().Ports);
        Assert.Equal((6, 6, 0), (report.FromGuest, report.Written, report.Dropped));
    }

    /// <summary>Loses the first message of a site, and then each with even chance: strict turns could hit the same one of two that are always repeated together.</summary>
    private sealed class Lossy(string site) : ILinkInterceptor
    {
        private readonly Random _chance = new(site.Length);
        private bool _begun;

        public void Send(LinkSite at, IActorRef to, object message, IActorRef from)
        {
            if (at.Name != site || !IsLost())
                to.Tell(message, from);
        }

        private bool IsLost()
        {
            lock (_chance)
            {
                var lost = !_begun || _chance.Next(2) == 0;
                _begun = true;
                return lost;
            }
        }
    }

    private sealed class BreakingFactory : IPortBackendFactory
    {
        public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner) => new BreakingBackend();
    }

    private sealed class BreakingBackend : IPortBackend
    {
        public string? Notice => null;

        public bool IsConnected => true;

        public BackendResult TryWrite(ReadOnlySpan<byte> data) => throw new InvalidOperationException("broken on purpose");

        public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

        public void Arm(BackendInterest interest)
        {
        }

        public void Dispose()
        {
        }
    }
}
