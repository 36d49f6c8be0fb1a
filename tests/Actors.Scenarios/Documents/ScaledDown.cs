using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Actors.Scenarios;

/// <summary>Makes a command of a page small enough for a test, by the same rules for all: fewer seeds, machines and bytes, shorter times, and ports that are free. One for each rehearsal, in which the same port is always replaced by the same.</summary>
internal sealed partial class ScaledDown
{
    /// <summary>The file that stands for the plan echo.</summary>
    public const string PatientPlan = "echo.scale.yaml";

    /// <summary>Any free port is one from 32768 on (Linux) or 49152 (elsewhere).</summary>
    private const int FirstPort = 10_000;
    private const int Ports = 20_000;

    /// <summary>Each is given once; other processes begin elsewhere.</summary>
    private static int given = Environment.ProcessId * 64;

    private readonly Dictionary<string, string> _ports = [];

    /// <summary>The command, scaled down.</summary>
    public string Of(string command)
    {
        command = Address().Replace(WithoutPorts(command), match => $"{match.Groups[1]}:{Port(match.Groups[2].Value)}");
        return PortOption().Replace(command, match => $"{match.Groups[1]} {Port(match.Groups[2].Value)}");
    }

    /// <summary>The command, scaled down but for its ports.</summary>
    public static string WithoutPorts(string command)
    {
        command = Seeds().Replace(command, match => $"{match.Groups[1]} {AtMost(match, 20)}");
        command = Machines().Replace(command, match => $"{match.Groups[1]} {AtMost(match, 10)}");
        command = Numbers().Replace(command, match => $"seq 1 {AtMost(match, 20_000)}");
        command = Nodes().Replace(command, "$0 --hocon \"$$ACTORS_HOCON\"");
        command = command.Replace("--workload echo", $"--workload {PatientPlan}", StringComparison.Ordinal);
        return Times().Replace(command, "$1 2s");
    }

    /// <summary>A workload without its objectives of time: a machine that runs all tests at once is slow.</summary>
    public static string Patient(string plan) => Objectives().Replace(plan, "");

    /// <summary>The free port that stands for one of the pages.</summary>
    public string Port(string printed)
    {
        if (!_ports.TryGetValue(printed, out var free))
            _ports[printed] = free = Free();
        return free;
    }

    /// <summary>One that nobody listens at, of those that a system gives to no one who asks for any: so it stays free until the command takes it.</summary>
    private static string Free()
    {
        while (true)
        {
            var port = FirstPort + (int)((uint)Interlocked.Increment(ref given) % Ports);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port.ToString(CultureInfo.InvariantCulture);
            }
            catch (SocketException)
            {
                // Somebody's.
            }
        }
    }

    private static int AtMost(Match match, int limit) => Math.Min(limit, int.Parse(match.Groups[^1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"(--seeds|--pairs) (\d+)")]
    private static partial Regex Seeds();

    [GeneratedRegex(@"(--vms) (\d+)")]
    private static partial Regex Machines();

    /// <summary>Nodes that a command starts: what the environment says is not for them, so the stage's patience with late heartbeats is an option of theirs.</summary>
    [GeneratedRegex(@"--nodes \d+")]
    private static partial Regex Nodes();

    [GeneratedRegex(@"\bseq 1 (\d+)")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(--duration|--time) \d+[smh]")]
    private static partial Regex Times();

    [GeneratedRegex(@"^ *(\w*Latency\w*|restartWithin):.*\n", RegexOptions.Multiline)]
    private static partial Regex Objectives();

    /// <summary>A host and a port: 127.0.0.1:4053, node-a:4053.</summary>
    [GeneratedRegex(@"((?:\d+\.){3}\d+|[a-z][a-z0-9-]*):(\d{4,5})\b")]
    private static partial Regex Address();

    [GeneratedRegex(@"(--port|--http) ([1-9]\d*)")]
    private static partial Regex PortOption();
}
