using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>One machine on a node, for code outside the actor system: tasks that end when it has started and when it has ended.</summary>
internal sealed class MachineSession
{
    private readonly TaskCompletionSource<MachineHop.VmStarted> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MachineHop.VmEnded> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IActorRef _deviceModel;
    private readonly IActorRef _listener;
    private readonly VmId _vm;

    private MachineSession(Node node, VmSpec spec)
    {
        _vm = spec.Vm;
        _deviceModel = node.DeviceModel;
        _listener = node.System.ActorOf(Props.CreateBy(new ListenerProducer(this, spec)));
    }

    /// <summary>Ends when the machine runs; faults with <see cref="MachineRefusedException"/> when it can't.</summary>
    public Task<MachineHop.VmStarted> Started => _started.Task;

    /// <summary>Ends when the machine is gone; faults like <see cref="Started"/>.</summary>
    public Task<MachineHop.VmEnded> Ended => _ended.Task;

    public static MachineSession Launch(Node node, VmSpec spec) => new(node, spec);

    /// <summary>Asks for an orderly end.</summary>
    public void Stop() => _deviceModel.Tell(new MachineHop.StopVm(_vm), _listener);

    private sealed class ListenerProducer(MachineSession session, VmSpec spec) : IIndirectActorProducer
    {
        public Type ActorType => typeof(Listener);

        public ActorBase Produce() => new Listener(session, spec);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Listener(MachineSession session, VmSpec spec) : UntypedActor
    {
        protected override void PreStart() => session._deviceModel.Tell(new MachineHop.LaunchVm(spec), Self);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case MachineHop.VmStarted started:
                    session._started.TrySetResult(started);
                    break;
                case MachineHop.VmRefused refused:
                    session._started.TrySetException(new MachineRefusedException(refused.Reason));
                    session._ended.TrySetException(new MachineRefusedException(refused.Reason));
                    Context.Stop(Self);
                    break;
                case MachineHop.VmEnded ended:
                    session._started.TrySetResult(new MachineHop.VmStarted(spec.Vm, ImmutableArray<string>.Empty));
                    session._ended.TrySetResult(ended);
                    Context.Stop(Self);
                    break;
                default:
                    Unhandled(message);
                    break;
            }
        }
    }
}

/// <summary>A machine that can't be made; the message is one sentence for a person.</summary>
internal sealed class MachineRefusedException : Exception
{
    public MachineRefusedException(string message)
        : base(message)
    {
    }

    public MachineRefusedException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public MachineRefusedException()
    {
    }
}
