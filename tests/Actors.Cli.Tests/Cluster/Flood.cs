using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Actors.Cli.Tests;

/// <summary>
/// Garbage by the megabyte on a port that the program listens at, while VMs work: no crash, no growth, no effect. The first flood may warm things up; a second one must not cost anything.
/// </summary>
public abstract class Flood : IDisposable
{
    private const int Vms = 10;
    private const int Connections = 2000;
    private const int Bytes = 32 * 1024;
    private const int MostMebibytes = 256;
    private const int MostGrowth = 64;

    /// <summary>In a minute: then a node says the same again.</summary>
    private const int MostLines = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-test-");

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _folder.Delete(recursive: true);

    /// <summary>A folder of the test's own.</summary>
    protected string PathOf(string name) => Path.Combine(_folder.FullName, name);

    private protected async Task NodeAsync(string[] more, Func<string, int, string> target)
    {
        using var node = ActorsProcess.Start(["node", "--port", "0", "--http", "0", "--json", .. more]);
        var ready = await node.FirstAsync();
        var (address, http) = (ready.GetProperty("address").GetString()!, ready.GetProperty("http").GetInt32());

        // VMs work when the flood comes, and go on. Who is not in yet may have to wait at the door until it is over.
        var work = Task.Run(() => Invoke(["scale", "--join", address, "--workload", Echo(), "--duration", "20s", .. more], out var result) == 0 ? null : result);
        using var client = new HttpClient();
        var begun = Stopwatch.GetTimestamp();
        while (!(await client.GetStringAsync($"http://127.0.0.1:{http}/metrics")).Contains($"\nactors_vms {Vms}\n", StringComparison.Ordinal))
            Assert.True(!work.IsCompleted && Stopwatch.GetElapsedTime(begun) < Patience, work.IsCompleted ? await work : "the VMs didn't start");
        await FloodAsync(node, IPEndPoint.Parse(target(address, http)));

        var failed = await work.WaitAsync(Patience);
        Assert.True(failed is null, failed);
        Assert.Equal("ready\n", await client.GetStringAsync($"http://127.0.0.1:{http}/health/ready"));
    }

    private protected static async Task FloodAsync(ActorsProcess process, IPEndPoint target)
    {
        var begun = Stopwatch.GetTimestamp();
        var (descriptors, first) = (process.Descriptors, process.Mebibytes);
        await WaveAsync(process, target, descriptors);
        var warm = process.Mebibytes;
        await WaveAsync(process, target, descriptors);
        var last = process.Mebibytes;

        Assert.True(process.IsAlive);
        Assert.True(warm - first < MostMebibytes && last - warm < MostGrowth, $"{first} MiB before, {warm} MiB after one flood, {last} MiB after another");
        Assert.True(process.Errors.Count < MostLines * (1 + (int)Stopwatch.GetElapsedTime(begun).TotalMinutes), string.Join('\n', process.Errors.Take(2 * MostLines)));
    }

    /// <summary>64 MiB on 2,000 connections, of which every fiftieth stays and says no more until the other side ends it.</summary>
    private static async Task WaveAsync(ActorsProcess process, IPEndPoint target, int descriptors)
    {
        var silent = new List<Socket>();
        for (var i = 0; i < Connections; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
                await socket.ConnectAsync(target, late.Token);
                for (ReadOnlyMemory<byte> rest = i % 50 == 9 ? new byte[3] : Garbage(i); !rest.IsEmpty;)
                    rest = rest[await socket.SendAsync(rest, late.Token)..];
            }
            catch (Exception refused) when (refused is SocketException or OperationCanceledException)
            {
                // That is what this is about.
            }

            if (i % 50 == 9 && socket.Connected)
                silent.Add(socket);
            else
                socket.Dispose();
        }

        foreach (var socket in silent)
        {
            await EndAsync(socket);
            socket.Dispose();
        }

        // Whatever was open for them is closed.
        var begun = Stopwatch.GetTimestamp();
        while (process.Descriptors > descriptors + 60)
        {
            Assert.True(Stopwatch.GetElapsedTime(begun) < Patience, $"{process.Descriptors} descriptors are open, {descriptors} were before");
            await Task.Yield();
        }
    }

    private static async Task EndAsync(Socket socket)
    {
        var buffer = new byte[1024];
        try
        {
            while (await socket.ReceiveAsync(buffer).WaitAsync(Patience) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // By a reset.
        }
    }

    private static byte[] Garbage(int seed)
    {
        var random = new byte[Bytes];
        new Random(seed).NextBytes(random);
        byte[] begin = (seed % 7) switch
        {
            0 => [],
            1 => BitConverter.GetBytes(int.MaxValue - seed),
            2 => BitConverter.GetBytes(1_400_000),
            3 => [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x01], // A greeting of TLS 1.0.
            4 => Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nX: "),
            5 => [.. BitConverter.GetBytes(Bytes), 0x12, 0x06, 0x08, 0x01], // As nodes greet, up to a point.
            _ => Encoding.ASCII.GetBytes("{\"$type\":\"System.Diagnostics.Process, System.Diagnostics.Process\"}\n"),
        };
        begin.CopyTo(random, 0);
        return random;
    }

    private string Echo()
    {
        var plan = Path.Combine(_folder.FullName, "flood.scale.yaml");
        File.WriteAllText(plan, $"name: flood\nguest: echo\nvms: {Vms}\ntraffic: {{ lineBytes: 64, linesPerSecond: 2 }}\nobjectives: {{ lost: 0, doubled: 0 }}\n");
        return plan;
    }

    private protected static int Invoke(string[] arguments, out string result)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(arguments, output, error);
        result = error.ToString() + output;
        return status;
    }
}
