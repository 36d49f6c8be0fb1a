using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>Writes down what a VM's core asks for, one line each.</summary>
internal sealed class RecordingHost : IVirtualMachineHost
{
    public List<string> Log { get; } = [];

    public List<ImmutableArray<IoRequest>> AlsoPending { get; } = [];

    /// <summary>What was asked for since the last call.</summary>
    public string[] Take()
    {
        var taken = Log.ToArray();
        Log.Clear();
        return taken;
    }

    public void Complete(int vcpu, ulong sequence, ulong value, IoOutcome outcome) => Log.Add($"complete {vcpu} {sequence} {value:x} {outcome}");

    public void Deliver(int vcpu, ulong sequence, byte vector) => Log.Add($"deliver {vcpu} {sequence} {vector:x}");

    public void AcceptancesSeen(int vcpu, uint taken) => Log.Add($"accepted {vcpu} {taken}");

    public void Run(int vcpu, byte startupVector) => Log.Add($"run {vcpu} {startupVector:x}");

    public void Pause(int vcpu) => Log.Add($"pause {vcpu}");

    public void Upcall(byte vector, in IoRequest request, ImmutableArray<IoRequest> alsoPending)
    {
        AlsoPending.Add(alsoPending);
        var others = alsoPending.IsDefault ? "" : string.Concat(alsoPending.Select(o => $" +{o.Vcpu}:{o.Sequence}"));
        Log.Add($"upcall {vector:x} {request.Vcpu}:{request.Sequence}{others}");
    }

    public void Poll(int vcpu, ulong sequence) => Log.Add($"poll {vcpu} {sequence}");

    public void Kick(ulong position, ulong cookie, ulong oldest) => Log.Add($"kick {position} {cookie}");

    public void AnswerPageLost(int incarnation, uint pciConfigAddress, ImmutableArray<IoRequest> pending) =>
        Log.Add($"page {incarnation} {pciConfigAddress:x}{(pending.IsDefault ? "" : string.Concat(pending.Select(p => $" {p.Vcpu}:{p.Sequence}")))}");

    public void Answer(long id, VmCommandKind command, uint epoch, Errno result) => Log.Add($"answer {id} {command} {epoch} {result}");

    public void AnswerAsyncio(long id, Errno result) => Log.Add($"asyncio {id} {result}");

    public void Announce(VmEventKind kind, string? detail) => Log.Add(detail is null ? $"event {kind}" : $"event {kind} {detail}");

    public void InterruptSeen(ulong source, ulong sequence) => Log.Add($"seen {source} {sequence}");

    public void ClearMemory() => Log.Add("clear memory");

    public void Destroyed() => Log.Add("destroyed");

    public void StartRetryTimer() => Log.Add("timer");
}
