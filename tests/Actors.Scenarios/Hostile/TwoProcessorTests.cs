using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Scenarios;

/// <summary>A second processor that rewrites rings while the device reads them (row 60), on the whole path.</summary>
[Collection(HostileCollection.Name)]
public sealed class TwoProcessorTests
{
    private const int Rounds = 100;
    private const int KicksPerRound = 100;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rings_that_change_under_the_device_harm_nobody(bool ioeventfd)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        var phase = new Phase();

        await node.AttackAsync(
            cpu => cpu.Index == 0 ? Kick(cpu, recovery, phase) : Rewrite(cpu, phase),
            vcpus: 2,
            ioeventfd: ioeventfd);

        recovery.AssertProofs(Rounds + 1);
        Assert.True(phase.Rewrites >= Rounds, $"only {phase.Rewrites} rewrites happened");
    }

    private static async GuestTask Kick(GuestCpu cpu, Recovery recovery, Phase phase)
    {
        var apic = new LocalApic(cpu);
        await apic.SendInit(1);
        await apic.SendStartup(1, 8);
        for (var round = 0; round < Rounds; round++)
        {
            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions { PreferLegacy = round % 3 == 0, EventIndex = round % 2 == 0 });
            phase.Turn++;
            var port = platform.Consoles[0].Ports[0];

            // On a busy machine the second processor may get its turn late: the first goes on until it attacks.
            for (var kick = 0; kick < KicksPerRound || phase.Seen != phase.Turn; kick++)
            {
                port.TransmitQueue.TryAdd(0x8_0000, 64, false, 0);
                port.TransmitQueue.Publish();
                await port.TransmitQueue.Kick(cpu);
                port.TransmitQueue.TryTakeUsed(out _, out _);
            }

            phase.Turn++;
            while (phase.Seen != phase.Turn)
                await cpu.Pause();
        }

        var last = await recovery.PutBackAndProve(cpu, new DriverOptions());
        phase.IsOver = true;
        await last.PowerOff();
    }

    private static async GuestTask Rewrite(GuestCpu cpu, Phase phase)
    {
        var driver = new HostileSession(cpu, new Prng(60, 0));
        while (!phase.IsOver)
        {
            var turn = phase.Turn;
            if ((turn & 1) != 0)
            {
                driver.Scribble();
                phase.Rewrites++;
            }

            phase.Seen = turn;

            await cpu.Pause();
        }
    }

    /// <summary>What the two processors know of each other; a host's object, since their RAM is what they quarrel about.</summary>
    private sealed class Phase
    {
        private volatile int _turn;
        private volatile int _seen;
        private volatile bool _isOver;

        /// <summary>Odd: the second processor attacks.</summary>
        public int Turn
        {
            get => _turn;
            set => _turn = value;
        }

        /// <summary>The turn that the second processor acted on last: once it is an even one, it attacks no more.</summary>
        public int Seen
        {
            get => _seen;
            set => _seen = value;
        }

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }

        public long Rewrites { get; set; }
    }
}
