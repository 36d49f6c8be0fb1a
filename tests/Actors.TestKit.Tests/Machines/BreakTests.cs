using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>Holding, breaking, crashing, pausing.</summary>
public sealed class BreakTests : MachineTest
{
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_lost_upcall_is_raised_again(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Break("{ site: hsm.upcall, do: drop, nth: 1 }");
        machine.Kick();

        Assert.False(machine.ExpectUpcall().IsRepeat);
        Assert.True(machine.ExpectUpcall().IsRepeat);
        machine.ExpectCompletion();
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_crash_between_used_index_and_interrupt_loses_no_interrupt(MachineWorld world)
    {
        var machine = Boot(world, described => described.Break("{ site: dm.after-used-idx, do: crash, nth: 1 }"));

        machine.Done(machine.Write("crash"));

        machine.ExpectBytes("crash");
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
    }

    [Theory]
    [InlineData("F01")]
    [InlineData("irq.raise: drop")]
    [InlineData("- id: lost\n  row: F01\n  times: 1")]
    [InlineData("{ site: irq.raise, do: delay, delay: 2ms }")]
    public void A_fault_is_named_by_row_by_site_and_verb_or_in_yaml(string fault)
    {
        var machine = Boot();

        machine.Break(fault);
        machine.Write("x");

        machine.Expect<FaultHopEvent>(struck => struck.Change == FaultEventKind.Fired && struck.Site == "irq.raise");
    }

    [Theory]
    [InlineData("F999", "There is no fault 'F999'")]
    [InlineData("irq.raise: explode", "There is no fault 'irq.raise: explode'")]
    [InlineData("{ site: irq.raise, do: drop, nth: soon }", "nth")]
    public void A_fault_that_there_is_not_is_refused(string fault, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<ArgumentException>(() => Boot().Break(fault)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_row_of_the_catalogue_can_be_named_before_the_boot()
    {
        foreach (var row in FaultCatalog.Rows)
        {
            var rules = SimFaultRules.Parse(row, []);
            Assert.Equal(row, Assert.Single(rules).Row);
        }
    }

    [Fact]
    public void Real_time_says_what_it_cannot_do()
    {
        var machine = Boot(MachineWorld.RealTime);

        Assert.Contains("MachineWorld.Simulated only", Assert.Throws<NotSupportedException>(() => machine.Break("F57")).Message, StringComparison.Ordinal);
        Assert.Contains("MachineWorld.Cluster", Assert.Throws<NotSupportedException>(machine.CrashNode).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_paused_part_stands_still_and_goes_on(MachineWorld world)
    {
        var machine = Boot(world);

        machine.Pause(SimPart.Hsm);
        machine.Kick();
        machine.ExpectUpcall();
        machine.ExpectNo<UpcallEvent>(upcall => upcall.Hop == PathHop.AcrnIntrHandler);
        machine.Resume(SimPart.Hsm);

        machine.ExpectCompletion();
    }

    [Fact]
    public void Messages_of_a_held_link_are_released_one_at_a_time()
    {
        var machine = Boot(described => described.Vcpus(2));
        machine.Hold(LinkSite.HsmComplete);
        machine.Kick();
        machine.Kick(vcpu: 1);
        machine.Until(() => machine.Held(LinkSite.HsmComplete) == 2, TimeSpan.FromMilliseconds(200));

        machine.Release(LinkSite.HsmComplete, 1);
        machine.ExpectCompletion();
        machine.ExpectNo<CompletionEvent>(done => done.Hop == PathHop.VmEntry, TimeSpan.FromMilliseconds(10));
        machine.Release(LinkSite.HsmComplete);

        machine.ExpectCompletion();
        Assert.Throws<InvalidOperationException>(() => machine.Release(LinkSite.HsmComplete, 1));
    }

    [Fact]
    public void A_completion_that_comes_after_a_reset_changes_nothing()
    {
        var machine = Boot(described => described.Vcpus(2));
        machine.Hold(LinkSite.HsmComplete);
        machine.Kick(vcpu: 1);
        machine.Until(() => machine.Held(LinkSite.HsmComplete) > 0);
        machine.Release(LinkSite.HsmUpcall);

        var reset = machine.Start(guest => guest.Platform.Reset());
        machine.Wait(TimeSpan.FromMilliseconds(100));
        machine.Release(LinkSite.HsmComplete);
        machine.Until(() => reset.IsDone);

        machine.Done(machine.Write("alive"));
        machine.ExpectBytes("alive");
    }

    [Theory]
    [InlineData(SimPart.Device)]
    [InlineData(SimPart.Port)]
    [InlineData(SimPart.DeviceModel)]
    [InlineData(SimPart.Hsm)]
    public void Every_part_of_the_service_side_survives_a_crash(SimPart part)
    {
        var machine = Boot();

        machine.Crash(part);
        machine.Done(machine.Write("there"));

        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Crashed);
        machine.ExpectBytes("there");
    }

    [Fact]
    public void A_lost_node_costs_the_guest_its_life_and_not_its_machine()
    {
        var machine = Boot(MachineWorld.Cluster, described => described.Nodes(3));
        machine.Done(machine.Write("first"));

        machine.CrashNode();
        machine.Done(machine.Write("second"));

        Assert.Equal(2, machine.Backend().Openings);
        Assert.EndsWith("second", machine.Backend().Text, StringComparison.Ordinal);
        Assert.Equal(2, machine.Recording.OfType<IoExitEvent>().Select(exit => exit.Node).Distinct().Count());
    }
}
