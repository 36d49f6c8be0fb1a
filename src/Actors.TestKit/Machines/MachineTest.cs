using System.Runtime.CompilerServices;
using Actors.Simulation;
using Akka.Configuration;
using Xunit.Abstractions;

namespace Actors.TestKit;

/// <summary>
/// Base of test classes that boot machines. <c>Boot()</c> gives one whose guest is up, in the deterministic world unless told otherwise; the test tells it what to do, what to
/// break, and what to expect. When the test is over every machine is brought to rest and judged: in the simulated world by all oracles that apply.
/// <para>It is an <see cref="Akka.TestKit.Xunit2.TestKit"/>: <c>Sys</c> is the actor system on which machines in real time run, with probes and all that Akka's kit has.</para>
/// </summary>
public abstract class MachineTest : Akka.TestKit.Xunit2.TestKit
{
    private const string Settings = """
        akka {
          stdout-loglevel = OFF
          loglevel = WARNING
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          coordinated-shutdown.run-by-clr-shutdown-hook = off
        }
        """;

    /// <summary>One test of a process has clusters at a time: nodes that starve each other take each other for dead.</summary>
    private static readonly SemaphoreSlim ClusterTurn = new(1, 1);

    private readonly List<Machine> _machines = [];
    private readonly List<SimHost> _hosts = [];
    private readonly EscapedExceptions.Box _outcome = EscapedExceptions.Watch();
    private int _real;
    private int _boots;
    private bool _hasClusterTurn;

    /// <summary>Makes it.</summary>
    /// <param name="world">Where machines run that don't say it themselves.</param>
    /// <param name="output">Where Akka's log goes, or null.</param>
    protected MachineTest(MachineWorld world = MachineWorld.Simulated, ITestOutputHelper? output = null)
        : base(ConfigurationFactory.ParseString(Settings), "test", output) => World = world;

    /// <summary>The three worlds, for a theory that runs its body in each: <c>[Theory, MemberData(nameof(EveryWorld))]</c>.</summary>
    public static IEnumerable<object[]> EveryWorld => [[MachineWorld.Simulated], [MachineWorld.RealTime], [MachineWorld.Cluster]];

    /// <summary>Where machines run that don't say it themselves.</summary>
    public MachineWorld World { get; }

    /// <summary>What the environment says; tests of the kit itself have their own.</summary>
    internal TestSurroundings Surroundings { get; init; } = TestSurroundings.OfProcess;

    /// <summary>Makes a machine and waits until its guest is up.</summary>
    /// <param name="describe">Says what isn't the default; null: nothing.</param>
    /// <param name="test">Name of the test, filled in by the compiler.</param>
    /// <exception cref="MachineFailureException">It didn't come up; the message says why.</exception>
    protected Machine Boot(Action<MachineBuilder>? describe = null, [CallerMemberName] string test = "")
    {
        var builder = new MachineBuilder(test, World);
        describe?.Invoke(builder);
        var machine = builder.Build(this, new MachineOrigin(MachineOrigin.NameOf(GetType(), test), ++_boots, Surroundings));
        _machines.Add(machine);
        machine.Boot();
        return machine;
    }

    /// <summary>Makes a machine and waits until its guest is up, in this world.</summary>
    protected Machine Boot(MachineWorld world, Action<MachineBuilder>? describe = null, [CallerMemberName] string test = "") => Boot(
        machine =>
        {
            machine.In(world);
            describe?.Invoke(machine);
        },
        test);

    /// <summary>Makes a machine's world.</summary>
    internal IMachineHost Host(MachineOrder order, MachineWorld world)
    {
        switch (world)
        {
            case MachineWorld.RealTime:
                return new RealTimeHost(order, Sys, ++_real);
            case MachineWorld.Cluster:
                if (!_hasClusterTurn)
                    ClusterTurn.Wait();
                _hasClusterTurn = true;
                return new ClusterHost(order);
            default:
                var host = new SimHost(Surroundings.StepLimit);
                _hosts.Add(host);
                return new SimulatedHost(order, host);
        }
    }

    /// <summary>Ends every machine, and says what their worlds found wrong.</summary>
    protected override void AfterAll()
    {
        List<Exception> failures = [];
        try
        {
            // Before anything more happens to them: what they leave ends where the test did.
            if (_outcome.Escaped is { } escaped)
                failures.AddRange(_machines.Select(machine => machine.Leave(escaped)).OfType<MachineFailureException>());
            foreach (var machine in _machines)
                End(machine, failures);
        }
        finally
        {
            _machines.Clear();
            foreach (var host in _hosts)
                host.Dispose();
            if (_hasClusterTurn)
                ClusterTurn.Release();
            _hasClusterTurn = false;
            base.AfterAll();
        }

        if (failures.Count > 0)
            throw failures.Count == 1 ? failures[0] : new AggregateException(failures);
    }

    private static void End(Machine machine, List<Exception> failures)
    {
        try
        {
            machine.End();
        }
        catch (MachineFailureException failure)
        {
            failures.Add(failure);
        }
        finally
        {
            machine.Dispose();
        }
    }
}
