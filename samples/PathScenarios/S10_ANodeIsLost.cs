namespace PathScenarios;

/// <summary>Three nodes in this process; the one that runs the machine dies. It starts elsewhere as a new incarnation, and its console works.</summary>
public sealed class S10_ANodeIsLost() : MachineTest(MachineWorld.Cluster)
{
    [Fact]
    public void Its_machine_boots_on_another_node()
    {
        var machine = Boot(m => m.Nodes(3));
        machine.Done(machine.Write("before;"));
        machine.ExpectBytes("before;");

        machine.CrashNode();
        machine.Done(machine.Write("after"));

        machine.ExpectBytes("after");
    }
}
