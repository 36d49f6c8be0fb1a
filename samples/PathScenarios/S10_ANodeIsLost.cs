namespace PathScenarios;

/// <summary>
/// Three nodes, and the one that runs the machine dies. It starts elsewhere as a new incarnation, and its console works: on logical nodes in virtual time, where every run is the same, and on a real cluster
/// in this process.
/// </summary>
public sealed class S10_ANodeIsLost : MachineTest
{
    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.Cluster)]
    public void Its_machine_boots_on_another_node(MachineWorld world)
    {
        var machine = Boot(world, m => m.Nodes(3));
        machine.Done(machine.Write("before;"));
        machine.ExpectBytes("before;");

        machine.CrashNode();
        machine.Done(machine.Write("after"));

        machine.ExpectBytes("after");
    }
}
