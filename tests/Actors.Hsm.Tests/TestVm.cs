using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hsm.Tests;

/// <summary>The core of one VM with recorded effects, and short words for what comes in.</summary>
internal sealed class TestVm
{
    public const string DeviceModel = "dm";

    private long _id = 1000;

    public TestVm(int vcpus = 4, bool polling = false, RecordedTrace? trace = null, bool defaultClient = true, params IoreqClient[] clients)
    {
        Trace = trace;
        Vm = new HsmVm(Spec(vcpus, polling), 1, clients, Effects, trace);
        if (defaultClient)
            Command(VmCommandKind.CreateDefaultClient);
    }

    public static VmId Id { get; } = new(7);

    public RecordedEffects Effects { get; } = new();

    public RecordedTrace? Trace { get; }

    public HsmVm Vm { get; }

    public HsmCounters Counters => Vm.Counters;

    public static VmSpec Spec(int vcpus = 1, bool polling = false, int vm = 7) =>
        new(new VmId(vm), vcpus, 1 << 20, new GuestSpec("none", []), [], polling);

    public static IoreqClient Client(IIoreqClientHandler handler, params IoRange[] ranges)
    {
        Assert.Equal(Errno.Ok, IoreqClient.Make(new IoreqClientDefinition("test", [.. ranges], handler), out var client));
        return client;
    }

    public void Upcall(int vcpu, ulong sequence, IoAccess access, uint epoch = 0) => Upcall(epoch, new IoRequest(vcpu, sequence, access));

    public void Upcall(uint epoch, params IoRequest[] requests) =>
        Vm.OnUpcall(new UpcallHop.Upcall(Id, epoch == 0 ? Vm.Epoch : epoch, 0xF3, requests[0], requests.Length == 1 ? default : [.. requests[1..]]));

    public void Done(int vcpu, ulong sequence, ulong value = 0, uint epoch = 0) =>
        Vm.OnRequestDone(new DispatchHop.RequestDone(Id, epoch == 0 ? Vm.Epoch : epoch, vcpu, sequence, value));

    public ControlHop.VmCommand Command(VmCommandKind kind, long id = 0, int argument = 0)
    {
        var command = new ControlHop.VmCommand(id == 0 ? ++_id : id, Id, kind, argument);
        Vm.OnCommand(command, DeviceModel);
        return command;
    }

    /// <summary>A command that the hypervisor carries out at once.</summary>
    public void Carry(VmCommandKind kind, Errno result = Errno.Ok)
    {
        var command = Command(kind);
        uint epoch = kind == VmCommandKind.Reset && result == Errno.Ok ? Vm.Epoch + 1 : Vm.Epoch;
        Vm.OnCommandResult(new ControlHop.VmCommandResult(command.Id, Id, kind, epoch, result));
    }

    public long Register(IoeventfdFlags flags, ulong cookie, ulong address = 0, uint length = 2, ulong data = 0, long id = 0, string requester = "device", uint epoch = 0)
    {
        long message = id == 0 ? ++_id : id;
        Vm.OnSetIoeventfd(new DispatchHop.SetIoeventfd(Id, epoch == 0 ? Vm.Epoch : epoch, message, flags, cookie, address, length, data, ActorRefs.Nobody), requester);
        return message;
    }

    public void AsyncioAnswer(Errno result, int index = -1)
    {
        var asked = index < 0 ? Effects.Asyncio[^1] : Effects.Asyncio[index];
        Vm.OnAsyncioResult(new UpcallHop.AsyncioResult(Id, Vm.Epoch, asked.Id, result));
    }

    public long SetIrqfd(bool assign, ulong cookie, ulong address = 0xFEE0_0000, ulong data = 0x41, long id = 0)
    {
        long message = id == 0 ? ++_id : id;
        Vm.OnSetIrqfd(new DispatchHop.SetIrqfd(Id, Vm.Epoch, message, assign, cookie, address, data), "device");
        return message;
    }

    public void Acknowledge(ulong cookie, ulong count) => Vm.OnDoorbellDrained(new DispatchHop.DoorbellDrained(Id, Vm.Epoch, cookie, count));

    public Errno LastRegistration() => Effects.Registrations[^1].Result;
}
