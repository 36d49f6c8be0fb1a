using System.Text;
using Actors.Cli;
using Actors.Cluster;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>A real node whose ports end in memory. On it run the guest under test and, where wanted, a victim: a well-behaved neighbour that talks all the while.</summary>
internal sealed class HostileNode : IDisposable
{
    /// <summary>RAM of a machine.</summary>
    public const ulong MemoryBytes = 16UL << 20;

    public const string Port = "io";

    public const string SecondPort = "second";

    private const string VictimPort = "victim";
    private const int VictimLines = 5_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly ScriptedGuests _guests = new();
    private readonly MemoryBackendFactory _ports = new(recordLimit: 4 << 20);
    private readonly TailRecorder _tails;
    private readonly Node _node;
    private int _machines;
    private volatile bool _attackIsOver;

    public HostileNode()
    {
        _tails = new TailRecorder(_ports);
        _node = Node.Start(_guests, deviceModel: (hsm, services) => DeviceModelActor.Props(hsm, services, _tails), settings: "akka.loglevel = ERROR");
    }

    /// <summary>The backend of the guest's port.</summary>
    public MemoryBackend Backend => _ports[Port];

    /// <summary>The last that left the guest's port, however much it was.</summary>
    public string OutputTail => Encoding.Latin1.GetString(_tails.TailOf(Port));

    /// <summary>The first megabytes that left the guest's port.</summary>
    public string Output => OutputOf(Port);

    /// <summary>The first megabytes that left a port.</summary>
    public string OutputOf(string port) => Encoding.Latin1.GetString(_ports[port].Written());

    /// <summary>Runs a guest to its end.</summary>
    public async Task<MachineHop.VmEnded> RunAsync(
        Func<GuestCpu, GuestTask> script, int vcpus = 1, VirtioTransportKind transport = VirtioTransportKind.Transitional, bool ioeventfd = true, bool asyncio = false)
    {
        var session = Launch("guest", script, vcpus, new ConsoleDeviceSpec(new Bdf(0, 3, 0), [Memory(Port)], transport, ioeventfd, asyncio));
        return await EndAsync(session);
    }

    /// <summary>Runs a guest with two consoles, in slots 3 and 4, to its end.</summary>
    public async Task<MachineHop.VmEnded> RunWithTwoConsolesAsync(Func<GuestCpu, GuestTask> script, bool ioeventfd, bool asyncio)
    {
        var session = Launch(
            "guest",
            script,
            1,
            new ConsoleDeviceSpec(new Bdf(0, 3, 0), [Memory(Port)], Ioeventfd: ioeventfd, Asyncio: asyncio),
            new ConsoleDeviceSpec(new Bdf(0, 4, 0), [Memory(SecondPort)], Ioeventfd: ioeventfd, Asyncio: asyncio));
        return await EndAsync(session);
    }

    /// <summary>Runs a guest beside a victim, to their ends: the guest must power off, and the victim lose and gain no byte.</summary>
    public async Task AttackAsync(
        Func<GuestCpu, GuestTask> script, int vcpus = 1, VirtioTransportKind transport = VirtioTransportKind.Transitional, bool ioeventfd = true, bool asyncio = false)
    {
        var victim = Launch("victim", TalkUntilTheAttackIsOver, 1, new ConsoleDeviceSpec(new Bdf(0, 3, 0), [Memory(VictimPort)]));
        var end = await RunAsync(script, vcpus, transport, ioeventfd, asyncio);
        _attackIsOver = true;
        AssertPoweredOff(end);
        var victimEnd = await EndAsync(victim);
        AssertPoweredOff(victimEnd);
        AssertVictimIsWhole(Assert.Single(victimEnd.Ports));
    }

    public static void AssertPoweredOff(MachineHop.VmEnded end)
    {
        Assert.Null(end.Detail);
        Assert.Equal(VmEnd.PowerOff, end.End);
    }

    public void Dispose() => _node.Dispose();

    private static ConsolePortSpec Memory(string name) => new(name, true, BackendKind.Memory, Policy: PortPolicy.Block);

    private static string VictimLine(int line) => $"line {line} of the victim\n";

    private MachineSession Launch(string name, Func<GuestCpu, GuestTask> script, int vcpus, params ConsoleDeviceSpec[] devices) =>
        MachineSession.Launch(_node, new VmSpec(new VmId(++_machines), vcpus, MemoryBytes, _guests.Add(name, script), [.. devices]));

    /// <summary>A machine's end; when it doesn't come, what its actors say is told.</summary>
    private async Task<MachineHop.VmEnded> EndAsync(MachineSession session)
    {
        try
        {
            return await session.Ended.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            var states = new List<string>();
            for (var machine = 1; machine <= _machines; machine++)
            {
                var state = await MachineState.ReadAsync(_node.System, [_node.Hypervisor, _node.Hsm, _node.DeviceModel], new VmId(machine));
                states.AddRange(MachineInspection.Lines(state, [$"vm-{machine}"]));
            }

            throw new TimeoutException($"a machine did not end after {Patience.TotalMinutes:0} minutes:\n{string.Join('\n', states)}");
        }
    }

    private async GuestTask TalkUntilTheAttackIsOver(GuestCpu cpu)
    {
        var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
        var port = (await platform.FindConsole())!;
        for (var line = 0; line < VictimLines && (line < 10 || !_attackIsOver); line++)
        {
            await port.Write(Encoding.Latin1.GetBytes(VictimLine(line)));
            await port.Flush();
        }

        await platform.PowerOff();
    }

    private void AssertVictimIsWhole(PortReport report)
    {
        var written = Encoding.Latin1.GetString(_ports[VictimPort].Written());
        var lines = written.Count(character => character == '\n');
        Assert.InRange(lines, 10, VictimLines);
        Assert.Equal(string.Concat(Enumerable.Range(0, lines).Select(VictimLine)), written);
        Assert.Equal(written.Length, report.FromGuest);
        Assert.Equal(0, report.Dropped);
    }
}
