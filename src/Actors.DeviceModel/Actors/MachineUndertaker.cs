using Actors.Protocol;
using Akka.Actor;

namespace Actors.DeviceModel;

/// <summary>
/// Takes a machine whose device-model actor is gone away on the other sides: HSM and hypervisor must not go on with vCPUs that nobody serves. Says
/// <see cref="Buried"/> to its parent and stops. Each command is repeated, and passed over when nobody answers.
/// Supervision: a child that fails is resumed; what it waits for is repeated.
/// </summary>
internal sealed class MachineUndertaker : UntypedActor, IWithTimers
{
    /// <summary>Repetitions of a command before it is passed over.</summary>
    private const int MaxRepeats = 40;

    private static readonly object WatchKey = nameof(WatchKey);
    private static readonly VmCommandKind[] Steps = [VmCommandKind.Pause, VmCommandKind.DestroyDefaultClient, VmCommandKind.Destroy];

    private readonly VmId _vm;
    private readonly long _firstId;
    private readonly Link _hsm;
    private int _step;
    private int _repeats;

    private MachineUndertaker(VmId vm, long firstId, IActorRef hsm, RoomServices services)
    {
        _vm = vm;
        _firstId = firstId;
        _hsm = new Link(LinkSite.VmControl, hsm, services);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Makes props. Ids of commands begin behind <paramref name="firstId"/>.</summary>
    public static Props Props(VmId vm, long firstId, IActorRef hsm, RoomServices services) =>
        Akka.Actor.Props.CreateBy(new Producer(vm, firstId, hsm, services));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(WatchKey, WatchTick.Instance, RetryPace.Shortest);
        Say();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ControlHop.VmCommandResult result when result.Id == _firstId + _step:
                // Busy and not-yet-made pass; gone is as good as done.
                if (result.Result is Errno.Ok or Errno.NoDevice)
                    Next();
                break;
            case WatchTick when ++_repeats > MaxRepeats:
                Next();
                break;
            case WatchTick:
                Say();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Next()
    {
        _repeats = 0;
        if (++_step < Steps.Length)
        {
            Say();
            return;
        }

        Context.Parent.Tell(new Buried(_vm));
        Context.Stop(Self);
    }

    private void Say() => _hsm.Send(new ControlHop.VmCommand(_firstId + _step, _vm, Steps[_step]), Self);

    /// <summary>To the root: nothing of the machine is left.</summary>
    internal sealed record Buried(VmId Vm);

    private sealed class WatchTick
    {
        public static readonly WatchTick Instance = new();
    }

    private sealed class Producer(VmId vm, long firstId, IActorRef hsm, RoomServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(MachineUndertaker);

        public ActorBase Produce() => new MachineUndertaker(vm, firstId, hsm, services);

        public void Release(ActorBase actor)
        {
        }
    }
}
