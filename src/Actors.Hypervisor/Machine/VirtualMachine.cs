using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>
/// One VM as the hypervisor has it: address-space tables, I/O request slots, asyncio, interrupt controllers, the devices that never leave the
/// hypervisor, and the life cycle. Messages come in as calls, effects leave by <see cref="IVirtualMachineHost"/>; no Akka here.
/// <para>Every exit ends in one of five ways: emulated here; a doorbell of the asyncio table; a slot of the I/O request page; #GP; held, since it asked for the machine's end.</para>
/// </summary>
internal sealed partial class VirtualMachine : IInterruptSink, IPowerSwitch
{
    /// <summary>Repeated exits between two ticks of the retry timer after which it is started again.</summary>
    public const int Witnesses = 3;

    /// <summary>Asyncio kicks sent again in one period: as many as the HSM acknowledges together.</summary>
    public const int MaxKicksRepeated = 64;

    /// <summary>Restarts of an HSM between two takeovers of the VM by another: of incarnations, the part of one owner.</summary>
    public const int RestartsOfService = 1 << 10;

    /// <summary>Characters kept of what a vCPU says about its fault.</summary>
    public const int MaxDetail = 256;

    /// <summary>Lowest vector that the HSM notification may have.</summary>
    public const int FirstUpcallVector = 0x20;

    private readonly IVirtualMachineHost _host;
    private readonly PathTrace? _trace;
    private readonly VmId _vm;
    private readonly bool _polling;
    private readonly VmLifeCycle _life = new();
    private readonly PortIoTable _ports = new();
    private readonly MmioTable _memory = new();
    private readonly IoRequestSlots _slots;
    private readonly AsyncioTable _asyncio = new();
    private readonly AsyncioRing _ring = new();
    private readonly InterruptController _interrupts;
    private readonly Vuart _uart;
    private readonly PciConfigLatch _pciConfig = new();
    private readonly ResetPorts _resetPorts;
    private readonly Pm1aControl _pm1a;
    private readonly VcpuRecord[] _vcpus;

    private RecentResults? _asyncioResults;
    private byte _upcallVector;
    private ulong _parkings;
    private int _parked;
    private int _hsmIncarnation;

    private bool _active;
    private bool _timerRuns;
    private byte _witnesses;

    private bool _hasEvent;
    private VmEventKind _event;
    private string? _eventDetail;

    private VmEventKind? _pausedFor;

    private bool _hasCommand;
    private bool _commandDone;
    private long _commandId;
    private VmCommandKind _command;
    private uint _commandEpoch;
    private Errno _commandResult;

    /// <summary>A VM in CREATED, with epoch 1, or with another where it takes the place of one whose state is lost: then <see cref="Recover"/> comes first.</summary>
    public VirtualMachine(VmSpec spec, IVirtualMachineHost host, TimeProvider clock, PathTrace? trace, uint epoch = VmLifeCycle.FirstEpoch, HypervisorParts? parts = null)
    {
        _host = host;
        _trace = trace;
        _vm = spec.Vm;
        _polling = spec.CompletionPolling;
        _upcallVector = spec.UpcallVector;
        _vcpus = new VcpuRecord[spec.Vcpus];
        _slots = (parts ?? HypervisorParts.Own).MakeSlots(spec.Vcpus, epoch, spec.Vm, trace);
        _interrupts = new InterruptController(spec.Vcpus, this);
        _uart = new Vuart(high => _interrupts.SetLevel(Vuart.Gsi, high));
        _resetPorts = new ResetPorts(this);
        _pm1a = new Pm1aControl(this);

        _ports.Add(PlatformSpec.PciConfigAddressPort, 1, _pciConfig);
        _ports.Add(PlatformSpec.PciConfigDataPort, 4, _pciConfig);
        _ports.Add(PlatformSpec.Com1Port, Vuart.Ports, _uart);
        _ports.Add(PlatformSpec.PicPrimaryPort, 2, _interrupts.Pic);
        _ports.Add(PlatformSpec.PicSecondaryPort, 2, _interrupts.Pic);
        _ports.Add(PicPair.LevelPort, 2, _interrupts.Pic);
        _ports.Add(PlatformSpec.RtcPort, Vrtc.Ports, new Vrtc(clock));
        _ports.Add(PlatformSpec.ResetControlPort, 1, _resetPorts);
        _ports.Add(PlatformSpec.KeyboardControllerPort, 1, _resetPorts);
        _ports.Add(PlatformSpec.Pm1aControlPort, 2, _pm1a);

        _memory.Add(PlatformSpec.LocalApicBase, PlatformSpec.LocalApicBase + LocalApicSpec.Size, _interrupts.LocalApics);
        _memory.Add(PlatformSpec.IoApicBase, PlatformSpec.IoApicBase + IoApic.Size, _interrupts.IoApicWindow);

        _life.Restore(epoch, VmState.Created);
    }

    /// <summary>Counts resets from 1.</summary>
    public uint Epoch => _life.Epoch;

    /// <summary>Where the VM stands.</summary>
    public VmState State => _life.State;

    /// <summary>What a service side that takes over has to go on with.</summary>
    public VmServiceState ServiceState => _life.IsRunning ? VmServiceState.Running : _pausedFor switch
    {
        VmEventKind.PowerOff => VmServiceState.PoweringOff,
        VmEventKind.TripleFault => VmServiceState.Faulted,
        _ => VmServiceState.Resetting,
    };

    /// <summary>What was dropped or refused.</summary>
    public VmCounters Counters { get; } = new();

    /// <summary>The hypervisor's half of the I/O request page.</summary>
    public IoRequestSlots Slots => _slots;

    /// <summary>Interrupt controllers.</summary>
    public InterruptController Interrupts => _interrupts;

    /// <summary>The UART at COM1.</summary>
    public Vuart Uart => _uart;

    /// <summary>Cookies on their way.</summary>
    public AsyncioRing Ring => _ring;

    /// <summary>What a vCPU waits for.</summary>
    public VcpuWait WaitOf(int vcpu) => _vcpus[vcpu].Wait;
}
