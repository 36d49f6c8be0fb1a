using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I27: what all vCPUs see of a device's registers is as if their accesses had been made one after the other, each between its exit and the vCPU's going on (Herlihy
/// and Wing). Decided as the answers come, device by device: after each answer the set of possible register states is what some order of the accesses under way leaves.
/// <para>The sequential model has what a driver writes and reads back: command and interrupt line (PCI 3.0, 6.2), feature selects, queue select and the addresses of the
/// selected queue until it is enabled (virtio 1.2, 4.1.4.3). Anything else may have any value.</para>
/// </summary>
internal sealed class LinearizabilityOracle : VcpuOracle
{
    /// <summary>States and orders looked at; with more the history so far is given up.</summary>
    private const int MaxStates = 64;

    private readonly List<Register> _devices = [];
    private Pending[] _pending = [];
    private ulong _answer;

    /// <inheritdoc/>
    public override string Id => "I27";

    /// <inheritdoc/>
    public override string Statement => "The vCPUs' accesses of a device's registers can be put into one order that explains every value read.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Receive | WorldInterest.Path | WorldInterest.Slot | WorldInterest.Life;

    /// <inheritdoc/>
    public override bool Applies(Plan plan)
    {
        // A value that a fault changed on its way, or a register that a fault writes, is nobody's.
        foreach (var rule in plan.Faults)
        {
            if (rule.Row is "F08" or "F20" or "F63" or "F64" or "F65" or "F66" or "F67")
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _pending = new Pending[Count];
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        switch (receive.Message)
        {
            case GuestHop.IoCompletion completion:
                _answer = completion.Value;
                break;
            case DeviceHop.Access access:
                var role = World.Trace.RoleOf(receive.Actor);
                var index = role.Part == ActorPart.Device ? IndexOf(role.Vm, access.Vcpu) : -1;
                if (index >= 0 && (_pending[index].Sequence != access.Sequence || _pending[index].Epoch != access.Epoch))
                    Begins(ref _pending[index], role, access);
                break;
            case GuestHop.PauseVcpu:
                Forget(World.Trace.RoleOf(receive.Actor).Vm);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (step.Hop != PathHop.VmEntry)
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0 || !_pending[index].IsOpen || _pending[index].Sequence != step.Sequence)
            return;
        Answered(moment, index);
        _pending[index].IsOpen = false;
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        if (step.Owner == SlotOwner.Setup && step.View == SlotView.Hypervisor)
            Forget(step.Vm.Value);
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step) => Forget(step.Vm.Value);

    private static void Begins(ref Pending pending, ActorRole device, DeviceHop.Access access)
    {
        pending = new Pending { Epoch = access.Epoch, Sequence = access.Sequence, Device = device.Index, IsWrite = access.Io.IsWrite, Value = (uint)access.Io.Value };
        pending.Kind = (access.Bar, access.Offset, access.Io.Size) switch
        {
            (DeviceHop.Configuration, PciSpec.Command, 2) => Kind.Command,
            (DeviceHop.Configuration, PciSpec.InterruptLine, 1) => Kind.InterruptLine,
            (DeviceHop.Configuration, <= PciSpec.Command + 1, _) => Kind.UnknownCommand,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceFeatureSelect, 4) => Kind.DeviceFeatureSelect,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.DriverFeatureSelect, 4) => Kind.DriverFeatureSelect,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.QueueSelect, 2) => Kind.QueueSelect,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.QueueEnable, 2) => Kind.QueueEnable,
            (VirtioPciSpec.ModernBar, >= VirtioPciSpec.QueueDesc and < VirtioPciSpec.QueueNotifyData, 4) => Kind.QueueAddress,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceStatus, 1) when access.Io.IsWrite => access.Io.Value == 0 ? Kind.Reset : Kind.None,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.DriverFeature, 4) => Kind.None,
            (VirtioPciSpec.ModernBar, VirtioPciSpec.ConfigMsixVector or VirtioPciSpec.QueueSize or VirtioPciSpec.QueueMsixVector, 2) => Kind.None,
            (VirtioPciSpec.ModernBar, < VirtioPciSpec.CommonSize, _) when access.Io.IsWrite => Kind.Unknown,
            (VirtioPciSpec.LegacyBar, _, _) when access.Io.IsWrite => Kind.Unknown,
            _ => Kind.None,
        };
        pending.Half = (int)(access.Offset - VirtioPciSpec.QueueDesc) / 4;
        pending.IsOpen = pending.Kind != Kind.None;
    }

    private void Answered(in Moment moment, int index)
    {
        ref var pending = ref _pending[index];
        var vm = VmOf(index);
        var device = Of(vm, pending.Device);
        var bit = 1U << (index - FirstOf(vm));
        var value = (uint)_answer;
        var others = 0U;
        for (var i = FirstOf(vm); i < EndOf(vm); i++)
        {
            if (i != index && _pending[i].IsOpen && _pending[i].Device == pending.Device)
                others |= 1U << (i - FirstOf(vm));
        }

        if (others == 0 && device.States.Count == 1 && (device.States[0].Done & bit) == 0)
        {
            // The usual case: nobody else is at it.
            if (!Apply(device.States[0], pending, out var seen) || Fits(pending, seen, value))
            {
                Learn(device.States[0], pending, value);
                return;
            }

            device.Forget();
            Tell(moment, index, seen, value, 0);
            return;
        }

        var next = new List<State>();
        var isOver = false;
        foreach (var state in device.States)
        {
            if (!Explore(state, vm, index, others, value, next))
                isOver = true;
        }

        if (isOver)
        {
            device.Forget();
            return;
        }

        if (next.Count == 0)
        {
            device.Forget();
            Tell(moment, index, -1, value, System.Numerics.BitOperations.PopCount(others));
            return;
        }

        device.States.Clear();
        device.States.AddRange(next);
    }

    /// <summary>Adds what every order that ends with this access leaves. False: there are too many.</summary>
    private bool Explore(State state, int vm, int index, uint others, uint value, List<State> next)
    {
        var first = FirstOf(vm);
        ref var pending = ref _pending[index];
        var bit = 1U << (index - first);
        if ((state.Done & bit) != 0)
        {
            if (Fits(pending, state.Seen[index - first], value))
                Add(state.With(bit), next);
            return next.Count < MaxStates;
        }

        var now = new State(state);
        Apply(now, pending, out var seen);
        if (Fits(pending, seen, value))
        {
            Learn(now, pending, value);
            now.Done &= ~bit;
            Add(now, next);
        }

        for (var rest = others & ~state.Done; rest != 0; rest &= rest - 1)
        {
            var other = System.Numerics.BitOperations.TrailingZeroCount(rest);
            var before = new State(state);
            Apply(before, _pending[first + other], out var got);
            before.Done |= 1U << other;
            before.Seen[other] = got;
            if (!Explore(before, vm, index, others, value, next))
                return false;
        }

        return next.Count < MaxStates;
    }

    private static void Add(State state, List<State> next)
    {
        foreach (var known in next)
        {
            if (known.IsSame(state))
                return;
        }

        next.Add(state);
    }

    private static bool Fits(in Pending pending, long seen, uint value) => pending.IsWrite || seen < 0 || (uint)seen == (value & Mask(pending.Kind));

    private static uint Mask(Kind kind) => kind == Kind.Command ? PciSpec.CommandWritable : uint.MaxValue;

    /// <summary>Carries an access out. False when there is nothing to judge.</summary>
    private static bool Apply(State state, in Pending pending, out long seen)
    {
        seen = -1;
        var slot = SlotOf(state, pending);
        if (pending.IsWrite)
        {
            switch (pending.Kind)
            {
                case Kind.Reset:
                    state.Forget(State.Anything);
                    break;
                case Kind.Unknown:
                    state.Forget(State.Nobodys);
                    break;
                case Kind.UnknownCommand:
                    state.Values[(int)Kind.Command] = State.Anything;
                    break;
                case Kind.QueueEnable:
                case Kind.QueueAddress when slot < 0:
                    state.Values.AsSpan(State.FirstQueue).Fill(State.Nobodys);
                    break;
                default:
                    if (slot >= 0 && state.Values[slot] != State.Nobodys)
                        state.Values[slot] = pending.Value & Mask(pending.Kind);
                    break;
            }

            return false;
        }

        if (slot < 0)
            return false;
        seen = state.Values[slot];
        return true;
    }

    /// <summary>A register whose value wasn't known has the value read.</summary>
    private static void Learn(State state, in Pending pending, uint value)
    {
        var slot = SlotOf(state, pending);
        if (!pending.IsWrite && slot >= 0 && state.Values[slot] == State.Anything)
            state.Values[slot] = value & Mask(pending.Kind);
    }

    private static int SlotOf(State state, in Pending pending) => pending.Kind switch
    {
        Kind.Command or Kind.InterruptLine or Kind.DeviceFeatureSelect or Kind.DriverFeatureSelect or Kind.QueueSelect => (int)pending.Kind,
        Kind.QueueAddress when state.Values[(int)Kind.QueueSelect] is >= 0 and < State.Queues and var queue => State.FirstQueue + ((int)queue * State.Halves) + pending.Half,
        _ => -1,
    };

    private void Tell(in Moment moment, int index, long expected, uint value, int others)
    {
        ref var pending = ref _pending[index];
        Violate(moment, $"{NameOf(index)} reads 0x{value:x} from {pending.Kind} of device {pending.Device}{(expected < 0 ? "" : $", which holds 0x{expected:x}")}; no order with {others} accesses beside it explains that");
    }

    private void Forget(int vm)
    {
        if ((uint)vm >= (uint)Vms)
            return;
        for (var i = FirstOf(vm); i < EndOf(vm); i++)
            _pending[i].IsOpen = false;
        foreach (var device in _devices)
        {
            if (device.Vm == vm)
                device.Forget();
        }
    }

    private Register Of(int vm, int slot)
    {
        foreach (var known in _devices)
        {
            if (known.Vm == vm && known.Slot == slot)
                return known;
        }

        var made = new Register(vm, slot);
        _devices.Add(made);
        return made;
    }

    private enum Kind : byte
    {
        Command,
        InterruptLine,
        DeviceFeatureSelect,
        DriverFeatureSelect,
        QueueSelect,
        QueueEnable,
        QueueAddress,
        UnknownCommand,
        Reset,
        Unknown,
        None,
    }

    private struct Pending
    {
        public bool IsOpen;
        public bool IsWrite;
        public Kind Kind;
        public int Half;
        public int Device;
        public uint Epoch;
        public uint Value;
        public ulong Sequence;
    }

    /// <summary>The registers of a device: the states that they may be in.</summary>
    private sealed class Register(int vm, int slot)
    {
        public int Vm { get; } = vm;

        public int Slot { get; } = slot;

        public List<State> States { get; } = [new State()];

        public void Forget()
        {
            States.Clear();
            States.Add(new State());
        }
    }

    /// <summary>Values of registers, -1 where anything is possible, and the accesses under way that are carried out in it.</summary>
    private sealed class State
    {
        public const int Queues = 40;
        public const int Halves = 6;
        public const int FirstQueue = 5;

        /// <summary>Nothing is known of the value: what is read first it was.</summary>
        public const long Anything = -1;

        /// <summary>
        /// The value is not judged until the device is reset. Enabling takes or refuses addresses, and what is written to an enabled queue has no effect.
        /// </summary>
        public const long Nobodys = -2;

        public State()
        {
            Values = new long[FirstQueue + (Queues * Halves)];
            Array.Fill(Values, Anything);
            Seen = new long[VmLimits.MaxVcpus];
        }

        public State(State other)
        {
            Values = (long[])other.Values.Clone();
            Seen = (long[])other.Seen.Clone();
            Done = other.Done;
        }

        public long[] Values { get; }

        public long[] Seen { get; }

        public uint Done { get; set; }

        public State With(uint done)
        {
            var copy = new State(this);
            copy.Done &= ~done;
            return copy;
        }

        public bool IsSame(State other) => Done == other.Done && Values.AsSpan().SequenceEqual(other.Values) && Seen.AsSpan().SequenceEqual(other.Seen);

        /// <summary>The virtio registers are as a reset leaves them, or anybody's guess.</summary>
        public void Forget(long queues)
        {
            Values.AsSpan((int)Kind.DeviceFeatureSelect, FirstQueue - (int)Kind.DeviceFeatureSelect).Fill(Anything);
            Values.AsSpan(FirstQueue).Fill(queues);
        }
    }
}
