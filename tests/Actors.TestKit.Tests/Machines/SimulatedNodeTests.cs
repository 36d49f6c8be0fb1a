using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>A node that is lost in the simulated world: the same each time.</summary>
public sealed class SimulatedNodeTests : MachineTest
{
    [Theory, Seeds(10)]
    public void A_machine_whose_node_is_lost_boots_on_another(ulong seed)
    {
        var machine = Boot(m => m.Seed(seed).Nodes(3));
        machine.Done(machine.Write("before;"));
        machine.ExpectBytes("before;");

        machine.CrashNode();
        machine.Done(machine.Write("after"));

        machine.ExpectBytes("after");
        Assert.Equal("before;after", machine.Text());
        Assert.Equal(2, machine.Backend().Openings);
        machine.Recording.Should().Contain<FaultHopEvent>(exactly: 1, fault => fault is { Row: "F76", Change: FaultEventKind.Effective });
    }

    [Fact]
    public void The_same_seed_loses_the_node_in_the_same_way()
    {
        Assert.Equal(Hash(3), Hash(3));
        Assert.NotEqual(Hash(3), Hash(4));

        ulong Hash(ulong seed)
        {
            var machine = Boot(m => m.Seed(seed).Nodes(3));
            machine.Write("in the middle of it");
            machine.CrashNode();
            machine.Done(machine.Write("after"));
            return machine.TraceHash;
        }
    }

    [Fact]
    public void State_faults_and_pauses_follow_the_machine_to_its_new_node()
    {
        var machine = Boot(m => m.Nodes(3));
        machine.CrashNode();

        machine.Pause(SimPart.Hsm);
        machine.Write("held");
        machine.ExpectNo<ByteEvent>();
        machine.Resume(SimPart.Hsm);
        machine.ExpectBytes("held");
        machine.ExpectState("pci-0.3.0/port-0/written", "4");
        machine.Crash(SimPart.Device);
        machine.Done(machine.Write("again"));
        machine.ExpectBytes("again");
        machine.Expect<LifeEvent>(life => life.Change == LifeChange.Restarted);
    }

    [Fact]
    public void Of_five_nodes_two_can_be_lost_and_not_a_third()
    {
        var machine = Boot(m => m.Nodes(5));
        machine.CrashNode();
        machine.CrashNode();
        machine.Write("still there");
        machine.ExpectBytes("still there");

        Assert.Contains("Ask for more with Nodes(7)", Assert.Throws<InvalidOperationException>(machine.CrashNode).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_machine_that_is_alone_says_how_to_have_more_nodes() =>
        Assert.Contains("Nodes(3)", Assert.Throws<NotSupportedException>(Boot().CrashNode).Message, StringComparison.Ordinal);
}
