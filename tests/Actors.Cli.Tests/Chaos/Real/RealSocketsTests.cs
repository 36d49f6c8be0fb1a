using System.Net.Sockets;
using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli.Tests;

/// <summary>Sockets that refuse nobody, and what they tell of who wrote when.</summary>
public sealed class RealSocketsTests : IDisposable
{
    private static readonly VmId Vm = new(0);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("actors-test-");
    private readonly RealVms _vms;
    private readonly RealSockets _sockets;
    private int _process;

    public RealSocketsTests()
    {
        var plan = PlanFile.Parse("x.chaos.yaml", "name: x\ntopology: { nodes: 3 }\nworkload: { kind: console-write }\n").Plan!;
        _vms = new RealVms(plan, () => TimeSpan.FromSeconds(1));

        // Each connection is of another process.
        _sockets = new RealSockets(_vms, _folder, _ => ++_process);
    }

    public void Dispose()
    {
        _sockets.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folder.Delete(recursive: true);
    }

    [SkippableFact]
    public void What_a_former_owner_wrote_before_the_next_one_is_no_effect_too_many_and_what_it_writes_then_is()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets with names");
        using var former = Connect();
        former.Send(Lines(0, 2));
        Await(2);

        // More than is taken at once: some of it waits when the next owner is there.
        former.Send(Lines(2, 1000));
        using var next = Connect();
        next.Send(Lines(0, 3));
        Await(1005);
        Assert.Empty(_vms.Violations);

        former.Send(Lines(1002, 1));
        Await(1006);
        Assert.Equal(["I24", "I20"], _vms.Violations.Select(one => one.Oracle).Take(2));
    }

    [SkippableFact]
    public void All_is_here_when_who_wrote_it_is_gone()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "sockets with names");
        using (var one = Connect())
        using (Connect())
        {
            one.Send(Lines(0, 1000));
            Await(1);
            Assert.False(_sockets.IsDrained);
        }

        _sockets.Hurry();
        Assert.True(SpinWait.SpinUntil(() => _sockets.IsDrained, Patience));
        Assert.Equal(1000 * RealVms.LineBytes, _vms.Bytes);
    }

    private static byte[] Lines(int first, int count)
    {
        var bytes = new byte[count * RealVms.LineBytes];
        for (var i = 0; i < count; i++)
            NumberedLine.Write(bytes.AsSpan(i * RealVms.LineBytes, RealVms.LineBytes), RealPlan.KeyOf(Vm), first + i);
        return bytes;
    }

    private Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_sockets.PortOf(Vm).Path!));
        return socket;
    }

    private void Await(int lines) => Assert.True(SpinWait.SpinUntil(() => _vms.Bytes >= lines * RealVms.LineBytes, Patience), $"{_vms.Bytes} bytes are here");
}
