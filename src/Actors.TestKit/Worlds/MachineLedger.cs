using Actors.Protocol;
using Akka.Actor;

namespace Actors.TestKit;

/// <summary>What a machine in real time says about itself.</summary>
internal sealed class MachineLedger(Recording recording)
{
    private volatile string? _trouble;
    private volatile bool _isEnded;

    /// <summary>Why the machine isn't there, or ended badly; null while all is well.</summary>
    public string? Trouble => _trouble;

    /// <summary>Whether it has ended.</summary>
    public bool IsEnded => _isEnded;

    /// <summary>Takes what the machine's launcher is told.</summary>
    public void Take(object message)
    {
        switch (message)
        {
            case MachineHop.VmRefused refused:
                _trouble = refused.Reason;
                break;
            case MachineHop.VmEnded ended:
                End(ended.End, ended.Detail);
                break;
            case ClusterHop.VmDown down:
                End(down.End, down.Detail);
                break;
        }

        recording.Pulse();
    }

    private void End(VmEnd end, string? detail)
    {
        if (end is VmEnd.Failed or VmEnd.TripleFault)
            _trouble = $"the machine ended by {(end == VmEnd.Failed ? "a failure" : "a triple fault")}: {detail}";
        _isEnded = true;
    }
}

/// <summary>Hears what a machine's launcher is told.</summary>
/// <param name="ledger">Takes it.</param>
/// <param name="ask">Wants the machine, and is called again until something is heard of it: what is said between nodes may be lost. Null: it is wanted elsewhere.</param>
internal sealed class MachineObserver(MachineLedger ledger, Action<IActorRef>? ask) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart()
    {
        if (ask is null)
            return;
        ask(Self);
        Timers.StartPeriodicTimer(AskAgain.Instance, AskAgain.Instance, Period);
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (message is AskAgain)
        {
            ask!(Self);
            return;
        }

        Timers.Cancel(AskAgain.Instance);
        ledger.Take(message);
        if (message is ClusterHop.VmUp up)
            Sender.Tell(up.Seen(), Self);
        else if (message is ClusterHop.VmDown down)
            Sender.Tell(down.Seen(), Self);
    }

    private sealed class AskAgain
    {
        public static readonly AskAgain Instance = new();
    }
}

/// <summary>Where the parts of a machine are, below <c>/user</c>.</summary>
internal static class MachinePaths
{
    /// <summary>Path of a part.</summary>
    public static string Of(SimPart part, int vm, Bdf device, int port, string suffix = "") => part switch
    {
        SimPart.Hypervisor => $"hypervisor{suffix}/vm-{vm}",
        SimPart.Vcpu => $"hypervisor{suffix}/vm-{vm}/vcpu-0",
        SimPart.Hsm => $"hsm{suffix}/vm-{vm}",
        SimPart.DeviceModel => $"device-model{suffix}/vm-{vm}",
        SimPart.Device => $"device-model{suffix}/vm-{vm}/pci-{device}",
        _ => $"device-model{suffix}/vm-{vm}/pci-{device}/port-{port}",
    };
}
