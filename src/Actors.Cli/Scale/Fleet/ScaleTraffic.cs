using System.Net;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The bytes of all VMs of a test, at the test's end of their connections.</summary>
internal sealed class ScaleTraffic : IDisposable
{
    private readonly ScalePlan _plan;
    private readonly Dictionary<VmId, (bool IsDone, long Written)> _ends = [];
    private readonly ConsoleServer? _server;
    private readonly StreamReceiver? _receiver;
    private readonly string? _endpoint;

    /// <summary>Makes the test's ends; sockets are not there yet.</summary>
    /// <param name="plan">The workload.</param>
    /// <param name="vms">How many.</param>
    /// <param name="clock">The test's.</param>
    /// <param name="host">Name or address that nodes reach this machine by.</param>
    /// <param name="folder">For sockets; null where the plan has none.</param>
    /// <param name="log">Takes a line for a person.</param>
    public ScaleTraffic(ScalePlan plan, int vms, TestClock clock, string host, RunFolder? folder, Action<string> log)
    {
        _plan = plan;
        Vms = !plan.HasTraffic ? [] : [.. Enumerable.Range(0, vms).Select(index => new VmTraffic(Fleet.IdOf(index), plan, Latencies))];
        if (plan.Backend == ScaleBackend.Socket)
            _server = new ConsoleServer(plan, clock, folder ?? throw new ArgumentNullException(nameof(folder)));
        if (plan.Backend != ScaleBackend.Stream)
            return;
        var address = new IPEndPoint(host == "127.0.0.1" ? IPAddress.Loopback : IPAddress.Any, 0);
        _receiver = StreamReceiver.Start(address, StreamOutput.Tap((vm, port) => Find(vm, port, clock)), synchronize: false, log);
        _endpoint = $"{host}:{_receiver.Address.Port}";
    }

    /// <summary>How long lines took.</summary>
    public LineLatencies Latencies { get; } = new();

    /// <summary>Each VM, in the order of their ids; none when they are idle.</summary>
    public IReadOnlyList<VmTraffic> Vms { get; }

    /// <summary>Everything that was sent has come.</summary>
    public bool IsQuiet => Vms.All(vm => vm.IsQuiet);

    /// <summary>Bytes that arrived.</summary>
    public long Arrived => Vms.Sum(vm => vm.Oracle.Arrived);

    /// <summary>Begins to listen.</summary>
    public void Listen() => _server?.Listen(Vms);

    /// <summary>Where a VM's bytes go; null: nowhere.</summary>
    public string? PathOf(VmId vm) => _endpoint ?? _server?.PathOf(vm);

    /// <summary>VMs that should have said something for so long and did not.</summary>
    public int SilentFor(long nanoseconds, long now) => Vms.Count(vm => vm.SilentFor(now) > nanoseconds);

    /// <summary>Sends no more.</summary>
    public void StopSending()
    {
        foreach (var vm in Vms)
            vm.StopSending();
    }

    /// <summary>A VM ended.</summary>
    public void End(VmId vm, bool isDone, PortReport? port)
    {
        // What a connection still holds comes a moment later; the oracle waits for the end of the test.
        if (_plan.Guest == ScaleGuest.Lines)
            _ends[vm] = (isDone, port?.Written ?? 0);
        if (Vms.Count > 0)
            Vms[vm.Value - 1].End();
    }

    /// <summary>Everything of a VM that ended by itself has come.</summary>
    public bool HasAll(VmId vm) => !_ends.TryGetValue(vm, out var end) || !end.IsDone || Vms[vm.Value - 1].Oracle.Next >= _plan.LinesPerVm;

    /// <summary>Nothing comes any more: each oracle judges.</summary>
    public void Finish()
    {
        foreach (var vm in Vms)
        {
            if (_ends.TryGetValue(vm.Vm, out var end))
                vm.Finish(end.IsDone, end.Written);
            else
                vm.Finish();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _server?.Dispose();
        _receiver?.Dispose();
    }

    private StreamTap? Find(VmId vm, string port, TestClock clock) => vm.Value >= 1 && vm.Value <= Vms.Count && port == FleetSpec.Port ? new StreamTap(Vms[vm.Value - 1], clock) : null;
}
