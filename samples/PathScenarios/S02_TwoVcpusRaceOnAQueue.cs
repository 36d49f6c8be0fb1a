namespace PathScenarios;

/// <summary>Two vCPUs kick one queue at the same time: its chain is taken once, whoever comes first.</summary>
public sealed class S02_TwoVcpusRaceOnAQueue : MachineTest
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 20).Select(seed => (ulong)seed)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_chain_that_two_kick_comes_out_once(ulong seed)
    {
        var machine = Boot(m => m.Vcpus(2).Seed(seed));

        var write = machine.Write("once");
        var kick = machine.Kick(vcpu: 1);
        machine.Done(write);
        machine.Done(kick);

        machine.ExpectBytes("once");
        machine.ExpectNo<ByteEvent>();
        machine.Recording.Should().Contain<IoExitEvent>(exit => exit.Vcpu == 0).Contain<IoExitEvent>(exit => exit.Vcpu == 1);
    }
}
