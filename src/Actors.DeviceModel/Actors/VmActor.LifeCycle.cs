using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;
using Akka.Event;

namespace Actors.DeviceModel;

/// <content>The life of the machine, from opening its ports to its last word.</content>
internal sealed partial class VmActor
{
    private void AddDevices()
    {
        foreach (var device in _spec.AllDevices)
            _bus.Add(device);
    }

    private void OpenPorts()
    {
        foreach (var slot in _bus.Slots)
            OpenPorts(slot, record: null);
    }

    private void OpenPorts(DeviceSlot slot, DeviceRecord? record)
    {
        slot.Open = new OpenPort[slot.Ports.Length];
        for (var i = 0; i < slot.Open.Length; i++)
        {
            var events = new PortEvents();
            var backend = _backends.Open(slot.Ports[i], events, new BackendOwner(_spec.Vm, _fence));
            slot.Open[i] = new OpenPort(slot.Ports[i], backend, events, backend.IsConnected, record);
            _kept.Ports.Add(slot.Open[i]);
            if (backend.Notice is { } notice)
                _notices = _notices.Add(notice);
        }
    }

    /// <summary>Closes the backends that no device's actor has taken over.</summary>
    private void CloseUnowned()
    {
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null)
                continue;
            foreach (var port in slot.Open)
            {
                (port?.Backend as IUndoableOpening)?.UndoOpening();
                port?.Backend.Dispose();
            }

            slot.Open = [];
        }
    }

    private void OnCreated(ControlHop.VmCreated created)
    {
        if (_life.Step != MachineStep.Create || created.Id != _commandId)
        {
            Stale++;
            return;
        }

        if (created.Result == Errno.Ok && created.Actor is { } actor)
        {
            _epoch = created.Epoch;
            _hsm = new Link(LinkSite.VmControl, actor, _services);
            MakeDevices(actor, created.Memory);
        }

        Complete(MachineStep.Create, created.Result);
    }

    private void MakeDevices(IActorRef hsm, IActorRef? server)
    {
        var memory = _services.Memory.Find(_spec.Vm)
            ?? (server is null ? null : new RemoteRam(_spec.Vm, _spec.MemoryBytes, server, _fence, (ulong)_commandId));
        if (memory is null)
        {
            _life.RequestEnd(VmEnd.Failed, "The RAM of the VM is not on this node, and nobody gives a way to it.");
            return;
        }

        var allocator = new PciBarAllocator();
        try
        {
            foreach (var slot in _bus.Slots)
                MakeDevice(slot, memory, allocator, hsm);
        }
        catch (PciSetupException exception)
        {
            _life.RequestEnd(VmEnd.Failed, exception.Message);
        }
    }

    private void MakeDevice(DeviceSlot slot, IGuestMemory memory, PciBarAllocator allocator, IActorRef hsm)
    {
        slot.Life = new DeviceLife(_spec, slot.Spec, _devices, _epoch, memory, slot.Interrupt, slot.Open, _services) { Fence = _fence };
        var places = slot.Life.PowerOn(allocator);
        Run(slot, hsm);
        Place(slot, places);
    }

    private void Run(DeviceSlot slot, IActorRef hsm)
    {
        slot.Actor = Context.ActorOf(DeviceActor.Props(_spec.Vm, slot.Life!, hsm, _services), "pci-" + slot.Spec.Function);
        slot.Link = new Link(LinkSite.DeviceAccess, slot.Actor, _services);
        Context.Watch(slot.Actor);
    }

    private void OnCommandResult(ControlHop.VmCommandResult result)
    {
        if (result.Id != _commandId || CommandOf(_life.Step) != result.Command)
        {
            Stale++;
            return;
        }

        if (_life.Step == MachineStep.Reset && result.Result == Errno.Ok)
        {
            _epoch = result.Epoch;
            _requests.Clear();
            _outstandingAccesses = 0;
            _lines.Clear();
            foreach (var slot in _bus.Slots)
                slot.IsIntxAsserted = false;
        }

        Complete(_life.Step, result.Result);
    }

    private void OnEvent(ControlHop.VmEvent happened)
    {
        if (happened.Epoch != _epoch)
        {
            Stale++;
            return;
        }

        switch (happened.Kind)
        {
            case VmEventKind.PowerOff:
                End(VmEnd.PowerOff, happened.Detail);
                break;
            case VmEventKind.TripleFault:
                End(VmEnd.TripleFault, happened.Detail);
                break;
            default:
                if (_life.RequestReset())
                    Enter();
                break;
        }
    }

    /// <summary>The HSM asks again until it is answered, and so are the devices asked again.</summary>
    private void OnRegistrationsLost(DispatchHop.RegistrationsLost lost)
    {
        if (lost.Epoch != _epoch)
        {
            Stale++;
            return;
        }

        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null && slot.HsmIncarnation < lost.Incarnation)
                slot.Link.Send(new DeviceHop.RegisterAgain(lost.Incarnation), Self);
        }

        TellRegistrations(lost.Incarnation);
    }

    private void OnRegisteringAgain(DeviceHop.RegisteringAgain again)
    {
        if (_bus.Find(again.Function) is not { } slot || again.Incarnation <= slot.HsmIncarnation)
            return;
        slot.HsmIncarnation = again.Incarnation;
        TellRegistrations(again.Incarnation);
    }

    private void TellRegistrations(int incarnation)
    {
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null && slot.HsmIncarnation < incarnation)
                return;
        }

        _hsm.Send(new DispatchHop.RegistrationsTold(_spec.Vm, _epoch, incarnation), Self);
    }

    private void End(VmEnd end, string? detail)
    {
        if (_life.RequestEnd(end, detail))
            Enter();
    }

    private void OnDeviceStep(Bdf function, MachineStep step, uint epoch, BarPlaces places)
    {
        if (_life.Step != step || epoch != _epoch || _bus.Find(function) is not { } slot)
        {
            Stale++;
            return;
        }

        Place(slot, places);
        slot.Answered = step;
        CompleteWhenAllAnswered(step);
    }

    private void OnDeviceClosed(DeviceHop.Closed closed)
    {
        if (_life.Step != MachineStep.CloseDevices || _bus.Find(closed.Function) is not { } slot)
        {
            Stale++;
            return;
        }

        slot.Reports = closed.Ports;
        slot.Answered = MachineStep.CloseDevices;
        CompleteWhenAllAnswered(MachineStep.CloseDevices);
    }

    private void CompleteWhenAllAnswered(MachineStep step)
    {
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null && slot.Answered != step)
                return;
        }

        Complete(step, Errno.Ok);
    }

    private Directive OnDeviceCrash(IActorRef child, Exception reason)
    {
        if (FindSlot(child) is not { Life: { } life } slot)
            return Directive.Stop;
        slot.Failure = life.Failure;
        if (slot.Failure is null)
        {
            Announcement.Crashed(_services, Log, _spec.Vm, child, life.Record.Incarnation, reason);
            if (reason is not ActorInitializationException && life.TryRestart() && !IsPoisoned(slot))
                return Directive.Restart;
            slot.Failure = $"device {slot.Spec.Function} failed again and again without getting on: {reason.Message}";
            Announcement.Followed(_services, Log, _spec.Vm, child, LifeChange.GaveUp, life.Record.Incarnation, slot.Failure);
        }

        return Directive.Stop;
    }

    /// <summary>Counts a crash against the accesses that the device owes; true when one of them has cost too many, whatever else the device got done meanwhile.</summary>
    private bool IsPoisoned(DeviceSlot slot)
    {
        var isPoisoned = false;
        for (var vcpu = 0; vcpu < _requests.Vcpus; vcpu++)
        {
            if (_requests[vcpu] is { IsDone: false } pending && pending.Slot == slot)
                isPoisoned |= ++pending.Crashes > RestartBudget.Most;
        }

        return isPoisoned;
    }

    private void OnDeviceRestarted(DeviceHop.Restarted restarted)
    {
        if (_bus.Find(restarted.Function) is not { } slot)
            return;
        for (var vcpu = 0; vcpu < _requests.Vcpus; vcpu++)
        {
            if (_requests[vcpu] is { IsDone: false } pending && pending.Slot == slot)
                slot.Link.Send(pending.Message!, Self);
        }

        if (_life.Step is MachineStep.ResetDevices or MachineStep.BeginEpoch or MachineStep.CloseDevices)
            Say();
    }

    private DeviceSlot? FindSlot(IActorRef actor)
    {
        foreach (var slot in _bus.Slots)
        {
            if (actor.Equals(slot.Actor))
                return slot;
        }

        return null;
    }

    /// <summary>A device is given up: its line is released, what the guest waits for is answered, and the machine ends in order on all sides.</summary>
    private void OnDeviceGone(IActorRef actor)
    {
        if (FindSlot(actor) is not { } slot)
            return;
        var failure = slot.Failure ?? $"device {slot.Spec.Function} stopped";
        slot.Actor = null;
        slot.Reports = slot.Life!.Reports(failure);
        slot.Open = [];
        if (slot.IsIntxAsserted)
            SetIntx(slot, false);
        AnswerFor(slot);
        Log.Error("{0}: {1}", _spec.Vm, failure);
        End(VmEnd.Failed, failure);
        if (_life.Step is MachineStep.ResetDevices or MachineStep.BeginEpoch or MachineStep.CloseDevices)
            CompleteWhenAllAnswered(_life.Step);
    }

    /// <summary>After a crash of this actor: says and does again what the lost message may have been about, where nobody would repeat it.</summary>
    private void OnRevive()
    {
        foreach (var slot in _bus.Slots)
        {
            // Its end may have been told to the message that is lost; asked again, it is told again.
            if (slot is { Failure: not null, Actor: { } gone })
                Context.Watch(gone);
        }

        if (_kept.IsGivenUp)
            End(VmEnd.Failed, $"its device model failed: {_kept.Failure}");
        else if (_kept.IsStopAsked)
            End(VmEnd.Stopped, null);
        if (_life.Step is MachineStep.Ended)
        {
            Ended();
            return;
        }

        Say();
        if (_life.Step is MachineStep.ResetDevices or MachineStep.BeginEpoch or MachineStep.CloseDevices)
            CompleteWhenAllAnswered(_life.Step);
        Watch();
    }

    /// <summary>What a device that is gone owes.</summary>
    private void AnswerFor(DeviceSlot slot)
    {
        for (var vcpu = 0; vcpu < _requests.Vcpus; vcpu++)
        {
            if (_requests[vcpu] is { IsDone: false } pending && pending.Slot == slot)
                Complete(vcpu, pending.Message!.Sequence, pending, MachineBus.DefaultOf(pending.Access));
        }
    }

    private void Complete(MachineStep step, Errno result)
    {
        _kept.Progress++;
        if (result != Errno.Ok)
            Log.Warning("{0}: {1}: {2}", _spec.Vm, step, result);
        _life.Complete(step, result);
        Enter();
    }

    /// <summary>Begins the step at hand.</summary>
    private void Enter()
    {
        _repeats = 0;
        _commandId++;
        switch (_life.Step)
        {
            case MachineStep.Running:
                Started();
                break;
            case MachineStep.Ended:
                Ended();
                break;
            case MachineStep.ResetDevices or MachineStep.BeginEpoch or MachineStep.CloseDevices:
                Say();
                Watch();
                CompleteWhenAllAnswered(_life.Step);
                break;
            default:
                Say();
                Watch();
                break;
        }
    }

    /// <summary>Sends, or sends again, what the step at hand asks for.</summary>
    private void Say()
    {
        switch (_life.Step)
        {
            case MachineStep.Create:
                _hsmRoot.Send(new ControlHop.CreateVm(_commandId, _spec, Self, _order.Hypervisor, _fence), Self);
                break;
            case MachineStep.Adopt:
                _hsmRoot.Send(new ControlHop.AdoptVm(_commandId, _spec, Self, _order.Hypervisor, _fence), Self);
                break;
            case MachineStep.ReadRecords:
                ReadRecords();
                break;
            case MachineStep.ResetDevices:
                SayToDevices(new DeviceHop.Reset(_epoch));
                break;
            case MachineStep.BeginEpoch:
                SayToDevices(new DeviceHop.BeginEpoch(_epoch));
                break;
            case MachineStep.CloseDevices:
                SayToDevices(DeviceHop.Close.Instance);
                break;
            case MachineStep.Running or MachineStep.Ended:
                break;
            default:
                _hsm.Send(new ControlHop.VmCommand(_commandId, _spec.Vm, CommandOf(_life.Step)), Self);
                break;
        }
    }

    private void SayToDevices(object message)
    {
        foreach (var slot in _bus.Slots)
        {
            if (slot.Actor is not null && slot.Answered != _life.Step)
                slot.Link.Send(message, Self);
        }
    }

    private static VmCommandKind CommandOf(MachineStep step) => step switch
    {
        MachineStep.CreateDefaultClient => VmCommandKind.CreateDefaultClient,
        MachineStep.Start => VmCommandKind.Start,
        MachineStep.Pause => VmCommandKind.Pause,
        MachineStep.ClearIoRequests => VmCommandKind.ClearIoRequests,
        MachineStep.Reset => VmCommandKind.Reset,
        MachineStep.DestroyDefaultClient => VmCommandKind.DestroyDefaultClient,
        _ => VmCommandKind.Destroy,
    };

    private void Started()
    {
        foreach (var slot in _bus.Slots)
            slot.Answered = MachineStep.Running;
        if (_started)
            return;
        _started = true;
        Context.Parent.Tell(new Outcome(_spec.Vm, new MachineHop.VmStarted(_spec.Vm, _notices), IsLast: false));
    }

    private void Ended()
    {
        CloseUnowned();
        if (!_started && _life.End == VmEnd.Failed)
        {
            Finish(new MachineHop.VmRefused(_spec.Vm, $"{_spec.Vm} could not be made: {_life.Detail}"));
            return;
        }

        var reports = ImmutableArray.CreateBuilder<PortReport>();
        foreach (var slot in _bus.Slots)
            reports.AddRange(slot.Reports);
        Finish(new MachineHop.VmEnded(_spec.Vm, _life.End, _life.Detail, reports.ToImmutable()));
    }

    private void Finish(object last)
    {
        Context.Parent.Tell(new Outcome(_spec.Vm, last, IsLast: true));
        Context.Stop(Self);
    }

    private void Watch() => _watch.Start();

    private void OnWatchTick()
    {
        var waits = _life.Step is not (MachineStep.Running or MachineStep.Ended);
        if (!waits && _outstandingAccesses == 0 && !_lines.IsOutstanding)
        {
            _watch.Stop();
            return;
        }

        _watch.GoOn();

        for (var vcpu = 0; _outstandingAccesses > 0 && vcpu < _requests.Vcpus; vcpu++)
        {
            // One whole period without an answer; a device that is only busy answers a repetition as the first.
            if (_requests[vcpu] is { IsDone: false, Slot: { } slot } pending && pending.Ticks++ > 0)
                slot.Link.Send(pending.Message!, Self);
        }

        foreach (var change in _lines.Repeat())
            Send(change);
        if (!waits || _repeats++ == 0)
            return;
        if (_life.IsEnding && _repeats > MaxEndRepeats)
        {
            Log.Error("{0}: nobody answers {1}; going on without.", _spec.Vm, _life.Step);
            Complete(_life.Step, Errno.NoDevice);
            return;
        }

        Say();
    }

    /// <summary>To the root: something for the launcher.</summary>
    /// <param name="Vm">Which machine.</param>
    /// <param name="Message">What.</param>
    /// <param name="IsLast">True when the machine is gone with it.</param>
    internal sealed record Outcome(VmId Vm, object Message, bool IsLast);

    /// <summary>What is known of a vCPU's last request.</summary>
    private sealed class PendingRequest(IoAccess access, DeviceSlot? slot, DeviceHop.Access? message)
    {
        public readonly IoAccess Access = access;
        public readonly DeviceSlot? Slot = slot;
        public readonly DeviceHop.Access? Message = message;
        public bool IsDone;
        public ulong Value;
        public int Ticks;
        public int Crashes;
    }

    /// <summary>From the root: a crash is survived, and a message was lost.</summary>
    internal sealed class Revive
    {
        /// <summary>The one there is.</summary>
        public static readonly Revive Instance = new();
    }

    private sealed class WatchTick
    {
        public static readonly WatchTick Instance = new();
    }

    private sealed class Producer(MachineOrder order, IActorRef hsm, IPortBackendFactory backends, DeviceCatalog devices, RoomServices services, MachineLife kept) : IIndirectActorProducer
    {
        public Type ActorType => typeof(VmActor);

        public ActorBase Produce() => new VmActor(order, hsm, backends, devices, services, kept);

        public void Release(ActorBase actor)
        {
        }
    }
}
