using System.Text;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>What can be seen of a world from outside, at one moment of a run.</summary>
public sealed class SimView
{
    private readonly Dictionary<(int Vm, int Port), List<byte>> _received = [];
    private readonly Dictionary<(int Vm, int Vcpu), IoRequestSlotState> _slots = [];
    private readonly long[] _steps = new long[Enum.GetValues<PathHop>().Length];

    internal SimView()
    {
    }

    /// <summary>Virtual time.</summary>
    public TimeSpan Now { get; internal set; }

    /// <summary>Safety while faults may strike, liveness after the heal.</summary>
    public WorldPhase Phase { get; internal set; }

    /// <summary>Whether all machines have ended.</summary>
    public bool AllEnded { get; internal set; }

    /// <summary>Actors that crashed so far.</summary>
    public int Crashes { get; internal set; }

    /// <summary>Actors that were restarted so far.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Faults that struck so far.</summary>
    public int FaultsFired { get; internal set; }

    /// <summary>Bytes that the backend of a port has taken so far.</summary>
    public ReadOnlySpan<byte> Received(int port = 0, int vm = 0) =>
        _received.TryGetValue((vm, port), out var bytes) ? System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes) : default;

    /// <summary>The same as text (UTF-8).</summary>
    public string Text(int port = 0, int vm = 0) => Encoding.UTF8.GetString(Received(port, vm));

    /// <summary>State of a vCPU's request slot, as the hypervisor has it.</summary>
    public IoRequestSlotState Slot(int vcpu = 0, int vm = 0) => _slots.GetValueOrDefault((vm, vcpu), IoRequestSlotState.Free);

    /// <summary>How often a step of the path was taken so far.</summary>
    public long Count(PathHop step) => _steps[(int)step];

    internal void Take(in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (happened.Kind != BackendEventKind.Accepted)
            return;
        if (!_received.TryGetValue((happened.Vm.Value, happened.Port), out var bytes))
            _received.Add((happened.Vm.Value, happened.Port), bytes = []);
        bytes.AddRange(data);
    }

    internal void Take(in SlotStep step)
    {
        if (step.View == SlotView.Hypervisor)
            _slots[(step.Vm.Value, step.Vcpu)] = step.To;
    }

    internal void Take(PathHop step) => _steps[(int)step]++;

    internal void Clear()
    {
        _received.Clear();
        _slots.Clear();
        Array.Clear(_steps);
        (Now, Phase, AllEnded, Crashes, Restarts, FaultsFired) = (default, default, false, 0, 0, 0);
    }

    /// <summary>A copy that stays.</summary>
    internal SimView Kept()
    {
        var kept = new SimView { Now = Now, Phase = Phase, AllEnded = AllEnded, Crashes = Crashes, Restarts = Restarts, FaultsFired = FaultsFired };
        foreach (var (port, bytes) in _received)
            kept._received.Add(port, [.. bytes]);
        foreach (var (vcpu, state) in _slots)
            kept._slots.Add(vcpu, state);
        _steps.CopyTo(kept._steps, 0);
        return kept;
    }
}
