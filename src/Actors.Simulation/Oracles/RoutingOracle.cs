using Actors.Hsm;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I7: a request goes to the client that a sequential model of the range table says: a doorbell's range that contains all of it, else the default client; without one
/// it is finished with ones. A scan leaves nothing PENDING.
/// <para>The model follows registrations as the HSM takes them. What a restarted HSM still knows isn't seen in the trace: until it is registered anew, an
/// entry from before may be there or not.</para>
/// </summary>
internal sealed class RoutingOracle : VcpuOracle
{
    private const string DoorbellClient = "ioeventfd";

    private Table[] _tables = [];
    private Taken[] _taken = [];
    private DispatchHop.SetIoeventfd? _registration;
    private UpcallHop.Upcall? _upcall;
    private int _vm = -1;
    private Dispatch _dispatch;

    /// <inheritdoc/>
    public override string Id => "I7";

    /// <inheritdoc/>
    public override string Statement => "A request goes to the first client whose range contains it, else to the default client, else it is finished with ones; none is left PENDING.";

    /// <inheritdoc/>
    public override WorldInterest Interest =>
        WorldInterest.Path | WorldInterest.Slot | WorldInterest.Send | WorldInterest.Receive | WorldInterest.Step | WorldInterest.Life;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        _tables = new Table[Vms];
        _taken = new Taken[Count];
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        Settle(moment);
        _upcall = null;
        _registration = null;
        _vm = -1;
        var role = World.Trace.RoleOf(receive.Actor);
        if (role.Part != ActorPart.Hsm || (uint)role.Vm >= (uint)Vms)
            return;
        _vm = role.Vm;
        ref var table = ref _tables[_vm];
        switch (receive.Message)
        {
            case UpcallHop.Upcall upcall when upcall.Epoch == table.Epoch && table is { IsRecovering: false, IsGone: false }:
                _upcall = upcall;
                break;
            case DispatchHop.SetIoeventfd registration when registration.Epoch == table.Epoch:
                _registration = registration;
                break;
            case UpcallHop.PageState:
                table.IsRecovering = false;
                break;
            case ControlHop.VmCommand { Command: VmCommandKind.Destroy }:
                // A late upcall finds no VM any more.
                table.IsGone = true;
                break;
            case ControlHop.VmCreated { Result: Errno.Ok }:
                table.IsGone = false;
                break;
            case ControlHop.VmCommand { Command: VmCommandKind.ClearIoRequests or VmCommandKind.DestroyDefaultClient or VmCommandKind.Reset }:
                table.IsClearing = true;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (_vm < 0 || send.IsLate)
            return;
        ref var table = ref _tables[_vm];
        switch (send.Message)
        {
            case DispatchHop.RegistrationResult result when _registration is { } registration && registration.Id == result.Id:
                if (result.Result == Errno.Ok)
                    table.Apply(registration);
                _registration = null;
                break;
            case ControlHop.VmCommandResult { Command: VmCommandKind.CreateDefaultClient, Result: Errno.Ok or Errno.Exists }:
                table.Default = Presence.There;
                break;
            case ControlHop.VmCommandResult { Command: VmCommandKind.DestroyDefaultClient, Result: Errno.Ok }:
                table.Default = Presence.Gone;
                break;
            case ControlHop.VmCommandResult { Command: VmCommandKind.ClearIoRequests }:
                table.IsClearing = false;
                break;
            case DispatchHop.DispatchRequest request when _dispatch.IsSet && request.Request.Vcpu == _dispatch.Vcpu && request.Request.Sequence == _dispatch.Sequence:
                _dispatch.WentToDefault = true;
                if (request.Request.Access.Type != IoRequestType.PciConfig && request.Request.Access != _dispatch.Access)
                    Violate(moment, $"{Name()} is {_dispatch.Access}, and the default client gets {request.Request.Access}");
                break;
            case UpcallHop.RequestFinished finished when _dispatch.IsSet && finished.Vcpu == _dispatch.Vcpu && finished.Sequence == _dispatch.Sequence:
                _dispatch.Value = finished.Value;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnPath(in Moment moment, in PathStep step)
    {
        if (_vm < 0 || step.Vm.Value != _vm)
            return;
        switch (step.Hop)
        {
            case PathHop.IoreqDispatch:
                Settle(moment);
                _dispatch = new Dispatch { IsSet = true, Vcpu = step.Vcpu, Sequence = step.Sequence, Access = step.Access, WasClearing = _tables[_vm].IsClearing };
                break;
            case PathHop.WakeClient when _dispatch.IsSet && _dispatch.Client is null:
                _dispatch.Client = step.Name;
                break;
            case PathHop.IoeventfdHandler when _dispatch.IsSet && step.Vcpu == _dispatch.Vcpu:
                _dispatch.Cookie = (ulong)step.Detail;
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnSlot(in Moment moment, in SlotStep step)
    {
        if (step.View != SlotView.Service)
            return;
        var index = IndexOf(step.Vm.Value, step.Vcpu);
        if (index < 0)
            return;
        ref var taken = ref _taken[index];
        ref var table = ref _tables[step.Vm.Value];
        if (step.Owner == SlotOwner.Setup)
        {
            if (taken.Epoch == step.Epoch && taken.Sequence != 0)
                table.Doubt();
            table.Epoch = step.Epoch;
            table.IsClearing = false;
            taken = default;
            taken.Epoch = step.Epoch;
            return;
        }

        taken.Epoch = step.Epoch;
        taken.Sequence = step.Sequence;
        taken.IsProcessing = step.To == IoRequestSlotState.Processing;
        if (_dispatch.IsSet && _vm == step.Vm.Value && step.Vcpu == _dispatch.Vcpu)
            _dispatch.HasLeft = true;
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (ActorRole.Of(step.Actor).Part is not (ActorPart.Hsm or ActorPart.HsmRoot))
            return;
        _dispatch.IsSet = false;
        _upcall = null;
        var vm = ActorRole.Of(step.Actor).Vm;
        for (var i = 0; i < Vms; i++)
        {
            if (vm >= 0 && i != vm)
                continue;
            if (step.Change is LifeChange.Restarted or LifeChange.GaveUp)
            {
                _tables[i].IsRecovering = true;
                _tables[i].Doubt();
            }
            else if (step.Change == LifeChange.Resumed)
            {
                // A registration may have been half done.
                _tables[i].Doubt();
            }
        }
    }

    /// <inheritdoc/>
    public override void OnStep(in Moment moment)
    {
        if (_vm < 0)
            return;
        Settle(moment);
        if (_registration is { } registration)
            _tables[_vm].Apply(registration);
        if (_upcall is { } upcall)
        {
            Scanned(moment, upcall.Epoch, upcall.Request);
            if (!upcall.AlsoPending.IsDefault)
            {
                foreach (var request in upcall.AlsoPending)
                    Scanned(moment, upcall.Epoch, request);
            }
        }

        _upcall = null;
        _registration = null;
        _vm = -1;
    }

    private void Scanned(in Moment moment, uint epoch, in IoRequest request)
    {
        var index = IndexOf(_vm, request.Vcpu);
        if (index < 0)
            return;
        ref var taken = ref _taken[index];
        if (taken.Epoch == epoch && taken.Sequence < request.Sequence && !taken.IsProcessing)
            Violate(moment, $"request {request.Sequence} of {NameOf(index)} is still PENDING after the scan of the upcall that carried it");
    }

    /// <summary>A dispatch is over: where should it have gone, where did it go?</summary>
    private void Settle(in Moment moment)
    {
        if (!_dispatch.IsSet)
            return;
        _dispatch.IsSet = false;
        if (!_dispatch.HasLeft)
        {
            Violate(moment, $"{Name()} was dispatched, and its slot is still PENDING");
            return;
        }

        var access = _dispatch.Access;
        if (_dispatch.WasClearing || access.Type is not (IoRequestType.PortIo or IoRequestType.Mmio) || IsConfiguration(access) || WentToTestClient())
            return;
        ref var table = ref _tables[_vm];
        var inRange = table.Contains(access, out var cookie);
        var byDoorbell = _dispatch.Client?.StartsWith(DoorbellClient, StringComparison.Ordinal) == true;
        if (inRange == Presence.There && !byDoorbell)
            Violate(moment, $"{Name()}, {access}, lies in a doorbell's range and went to {_dispatch.Client ?? "nobody"}");
        else if (inRange == Presence.Gone && byDoorbell)
            Violate(moment, $"{Name()}, {access}, lies in no doorbell's range and went to {_dispatch.Client}");
        else if (inRange == Presence.There && cookie != 0 && _dispatch.Cookie != cookie)
            Violate(moment, $"{Name()}, {access}, must ring doorbell 0x{cookie:x} and rang {(_dispatch.Cookie == 0 ? "none" : $"0x{_dispatch.Cookie:x}")}");
        else if (inRange == Presence.Gone && table.Default == Presence.There && !_dispatch.WentToDefault)
            Violate(moment, $"{Name()}, {access}, must go to the default client and went to {_dispatch.Client ?? "nobody"}");
        else if (inRange == Presence.Gone && table.Default == Presence.Gone && !access.IsWrite && _dispatch.Value is { } value && (value & access.AllOnes) != access.AllOnes)
            Violate(moment, $"{Name()}, {access}, is nobody's and reads 0x{value:x}");
    }

    /// <summary>A test's own clients are searched before all others, and only the test knows their ranges.</summary>
    private bool WentToTestClient() => World.Request.Clients is not null && _dispatch.Client is { } client
        && client != HsmSpec.DefaultClientName && !client.StartsWith(DoorbellClient, StringComparison.Ordinal);

    private string Name() => $"request {_dispatch.Sequence} of vm-{_vm} vcpu-{_dispatch.Vcpu}";

    /// <summary>CF8 and CFC are the HSM's own.</summary>
    private static bool IsConfiguration(in IoAccess access) =>
        access.Type == IoRequestType.PortIo && access.Address + access.Size > PlatformSpec.PciConfigAddressPort && access.Address < PlatformSpec.PciConfigDataPort + 4UL;

    private enum Presence : byte
    {
        Unknown,
        There,
        Gone,
    }

    private struct Taken
    {
        public uint Epoch;
        public ulong Sequence;
        public bool IsProcessing;
    }

    private struct Dispatch
    {
        public bool IsSet;
        public bool HasLeft;
        public bool WentToDefault;
        public bool WasClearing;
        public int Vcpu;
        public ulong Sequence;
        public ulong Cookie;
        public ulong? Value;
        public IoAccess Access;
        public string? Client;
    }

    /// <summary>The doorbells of a VM in the order of their registration.</summary>
    private struct Table
    {
        public uint Epoch;
        public bool IsRecovering;
        public bool IsClearing;
        public bool IsGone;
        public Presence Default;
        private Entry[]? _entries;
        private int _count;

        public void Apply(DispatchHop.SetIoeventfd registration)
        {
            var entries = _entries ??= new Entry[8];
            if ((registration.Flags & IoeventfdFlags.Deassign) != 0)
            {
                for (var i = 0; i < _count; i++)
                {
                    if (entries[i].Cookie != registration.Cookie)
                        continue;
                    Array.Copy(entries, i + 1, entries, i, --_count - i);
                    return;
                }

                return;
            }

            var entry = new Entry(
                (registration.Flags & IoeventfdFlags.Pio) != 0 ? IoRequestType.PortIo : IoRequestType.Mmio,
                registration.Address,
                registration.Length,
                (registration.Flags & IoeventfdFlags.DataMatch) != 0,
                registration.Data,
                registration.Cookie,
                true);
            for (var i = 0; i < _count; i++)
            {
                if (entries[i] with { IsCertain = true } != entry)
                    continue;
                entries[i] = entry;
                return;
            }

            if (_count == entries.Length)
                Array.Resize(ref _entries, _count * 2);
            _entries![_count++] = entry;
        }

        public void Doubt()
        {
            Default = Presence.Unknown;
            for (var i = 0; i < _count; i++)
                _entries![i] = _entries[i] with { IsCertain = false };
        }

        /// <summary>Whether a range contains the access; the doorbell that a write rings, 0 when that isn't certain or there is none.</summary>
        public readonly Presence Contains(in IoAccess access, out ulong cookie)
        {
            cookie = 0;
            var result = Presence.Gone;
            var isCertain = true;
            for (var i = 0; i < _count; i++)
            {
                var entry = _entries![i];
                if (entry.Type != access.Type || entry.Address > access.Address
                    || (UInt128)access.Address + access.Size > (UInt128)entry.Address + entry.Length)
                    continue;
                result = entry.IsCertain ? Presence.There : result == Presence.Gone ? Presence.Unknown : result;
                if (!access.IsWrite || entry.Address != access.Address || entry.Length < access.Size || (entry.IsMatch && entry.Data != access.Value))
                    continue;
                isCertain &= entry.IsCertain;
                if (cookie == 0)
                    cookie = entry.Cookie;
            }

            if (!isCertain)
                cookie = 0;
            return result;
        }
    }

    private readonly record struct Entry(IoRequestType Type, ulong Address, uint Length, bool IsMatch, ulong Data, ulong Cookie, bool IsCertain);
}
