using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>One VM of the hypervisor with what its tests do again and again.</summary>
public abstract class VirtualMachineRig
{
    private protected static readonly IoAccess Forwarded = IoAccess.Out(0x2000, 4, 7);

    private protected readonly RecordingHost _host = new();
    private protected readonly ulong[] _sequences = new ulong[16];
    private protected VirtualMachine _vm;
    private protected long _command;

    private protected VirtualMachineRig() => _vm = Make(1);

    private protected static VmSpec Spec(int vcpus, bool polling = false) =>
        new(new VmId(7), vcpus, 4096, new GuestSpec("test", []), [], polling);

    private protected VirtualMachine Make(int vcpus, bool polling = false)
    {
        Array.Clear(_sequences);
        _command = 0;
        return new VirtualMachine(Spec(vcpus, polling), _host, TimeProvider.System, trace: null);
    }

    private protected void Start()
    {
        Command(VmCommandKind.Start);
        _host.Take();
    }

    private protected void StartAp(int vcpu)
    {
        Exit(0, IoAccess.Store(0xFEE0_0310, 4, (uint)vcpu << 24));
        Exit(0, IoAccess.Store(0xFEE0_0300, 4, 0x4600));
        _host.Take();
    }

    private protected void PauseAll()
    {
        Command(VmCommandKind.Pause);
        _vm.VcpuPaused(_vm.Epoch, 0);
        _host.Take();
    }

    private protected string[] Command(VmCommandKind command, long? id = null)
    {
        _host.Take();
        _command = id ?? (_command + 1);
        _vm.Command(_command, command, 0);
        return _host.Take();
    }

    private protected void Exit(int vcpu, IoAccess access) => _vm.Exit(_vm.Epoch, new IoRequest(vcpu, ++_sequences[vcpu], access));

    private protected void Assign(long id, AsyncioDescriptor descriptor) => _vm.SetAsyncio(1, id, assign: true, descriptor);

    private protected void EnableApic() => Exit(0, IoAccess.Store(0xFEE0_00F0, 4, 0x1FF));

    private protected void IoApicEntry(int pin, uint low)
    {
        Exit(0, IoAccess.Store(0xFEC0_0000, 4, (uint)(0x10 + (2 * pin))));
        Exit(0, IoAccess.Store(0xFEC0_0010, 4, low));
    }
}
