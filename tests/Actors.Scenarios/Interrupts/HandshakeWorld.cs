using System.Collections.Immutable;
using Actors.Guest;
using Actors.Hypervisor;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>One VM's core, its vCPU's core, and two queues of messages between them.</summary>
internal sealed class HandshakeWorld : IVirtualMachineHost, IGuestCatalog
{
    private const ulong Eoi = PlatformSpec.LocalApicBase + 0xB0;
    private const uint Epoch = 1;

    // Classes that nest, neighbours in one class, and the ends.
    private static readonly byte[] Vectors = [0x10, 0x30, 0x31, 0x35, 0x41, 0x42, 0x7F, 0x80, 0xE0, 0xFF];

    private readonly bool _nesting;
    private readonly VcpuCore _vcpu;
    private readonly Queue<object> _down = new();
    private readonly Queue<object> _up = new();
    private readonly int[] _raised = new int[256];
    private readonly int[] _taken = new int[256];
    private readonly HashSet<byte> _unseen = [];
    private ulong _sequence;
    private int _handling;
    private bool _mayLose;

    public HandshakeWorld(bool lossy, bool nesting)
    {
        var spec = new VmSpec(new VmId(1), 1, 1 << 16, new GuestSpec("world", []), []);
        _nesting = nesting;
        _vcpu = new VcpuCore(spec, 0, new GuestRamDirectory().Create(spec.Vm, spec.MemoryBytes), this);
        Machine = new VirtualMachine(spec, this, TimeProvider.System, trace: null);
        Machine.Command(1, VmCommandKind.Start, 0);
        Settle();
        _mayLose = lossy;
    }

    public VirtualMachine Machine { get; }

    public bool TimerRuns { get; private set; }

    /// <summary>One step of many kinds.</summary>
    public void Do(int step, int choice)
    {
        switch (step)
        {
            case < 5:
                Raise(choice);
                break;
            case < 9:
                DeliverDown(choice);
                break;
            case < 13:
                DeliverUp(choice);
                break;
            case 13:
                Tick();
                break;
            case 14:
                Look();
                break;
            default:
                Follow(_vcpu.Continue());
                break;
        }

        CheckService();
    }

    public void Raise(int choice)
    {
        var vector = Vectors[choice % Vectors.Length];
        _raised[vector]++;
        _unseen.Add(vector);
        Machine.InjectMsi(Epoch, 1, ++_sequence, PlatformSpec.MsiAddressBase, vector);
    }

    public void RaiseAndLoseAllOffers()
    {
        Raise(0);
        for (var i = 0; i < 100; i++)
        {
            _down.Clear();
            Tick();
        }

        _down.Clear();
    }

    /// <summary>Nothing is lost any more; time passes until all is quiet. Then everything must be in order.</summary>
    public void Settle()
    {
        _mayLose = false;
        for (var rounds = 0; _down.Count + _up.Count > 0 || TimerRuns || _vcpu.Exit is not null || _vcpu.OwesAcceptance; rounds++)
        {
            Assert.True(rounds < 10_000, "It never becomes quiet.");
            while (_down.Count + _up.Count > 0)
            {
                DeliverDown(0);
                DeliverUp(0);
                CheckService();
            }

            Tick();
            Look();
        }

        Assert.Empty(_unseen);
        Assert.Equal(0, _handling);
        for (var register = 0; register < 0x80; register += 0x10)
        {
            Assert.Equal(0u, Machine.Interrupts.ApicOf(0).Read(0x100 + register));
            Assert.Equal(0u, Machine.Interrupts.ApicOf(0).Read(0x200 + register));
        }

        for (var vector = 0; vector < 256; vector++)
            Assert.True(_taken[vector] <= _raised[vector], $"{vector:x} was taken {_taken[vector]} times and raised {_raised[vector]} times.");
    }

    void IVirtualMachineHost.Complete(int vcpu, ulong sequence, ulong value, IoOutcome outcome) => _down.Enqueue(new GuestHop.IoCompletion(Epoch, sequence, value, outcome));

    void IVirtualMachineHost.Deliver(int vcpu, ulong sequence, byte vector) => _down.Enqueue(new GuestHop.InterruptDelivery(Epoch, sequence, vector));

    void IVirtualMachineHost.AcceptancesSeen(int vcpu, uint taken) => _down.Enqueue(new GuestHop.AcceptancesSeen(Epoch, taken));

    void IVirtualMachineHost.Run(int vcpu, byte startupVector) => _down.Enqueue(new GuestHop.RunVcpu(Epoch, startupVector));

    void IVirtualMachineHost.StartRetryTimer() => TimerRuns = true;

    void IVirtualMachineHost.Announce(VmEventKind kind, string? detail) => Assert.Fail($"{kind} {detail}");

    void IVirtualMachineHost.Pause(int vcpu)
    {
    }

    void IVirtualMachineHost.Upcall(byte vector, in IoRequest request, ImmutableArray<IoRequest> alsoPending)
    {
    }

    void IVirtualMachineHost.Poll(int vcpu, ulong sequence)
    {
    }

    void IVirtualMachineHost.AnswerPageLost(int incarnation, uint pciConfigAddress, ImmutableArray<IoRequest> pending)
    {
    }

    void IVirtualMachineHost.Kick(ulong position, ulong cookie, ulong oldest)
    {
    }

    void IVirtualMachineHost.Answer(long id, VmCommandKind command, uint epoch, Errno result)
    {
    }

    void IVirtualMachineHost.AnswerAsyncio(long id, Errno result)
    {
    }

    void IVirtualMachineHost.InterruptSeen(ulong source, ulong sequence)
    {
    }

    void IVirtualMachineHost.ClearMemory()
    {
    }

    void IVirtualMachineHost.Destroyed()
    {
    }

    string? IGuestCatalog.Validate(GuestSpec guest) => null;

    GuestProgram IGuestCatalog.Create(GuestSpec guest) => new Program(this);

    /// <summary>The guest's handler ends a vector after it took it and before it takes the next, or nests in it.</summary>
    private void CheckService()
    {
        var service = 0;
        for (var register = 0x100; register < 0x180; register += 0x10)
            service += System.Numerics.BitOperations.PopCount(Machine.Interrupts.ApicOf(0).Read(register));

        Assert.True(service <= _handling, $"{service} vectors in service, {_handling} taken and not ended");
    }

    private void DeliverDown(int choice)
    {
        if (!_down.TryDequeue(out var message))
            return;

        for (var copies = Copies(choice); copies > 0; copies--)
        {
            switch (message)
            {
                case GuestHop.RunVcpu run:
                    Follow(_vcpu.Run(run));
                    break;
                case GuestHop.IoCompletion completion when _vcpu.IsAnswer(completion):
                    Follow(_vcpu.Complete(completion.Value, completion.Outcome));
                    break;
                case GuestHop.InterruptDelivery interrupt:
                    var arrival = _vcpu.Arrived(interrupt);
                    if (arrival == InterruptArrival.Held)
                        _up.Enqueue(new GuestHop.InterruptHeld(Epoch, 0, interrupt.Sequence));
                    Follow(arrival == InterruptArrival.New ? _vcpu.Interrupt(interrupt.Vector) : VcpuTurn.Wait);
                    break;
                case GuestHop.AcceptancesSeen seen:
                    _vcpu.Confirm(seen);
                    break;
                default:
                    break;
            }
        }
    }

    private void DeliverUp(int choice)
    {
        if (!_up.TryDequeue(out var message))
            return;

        for (var copies = Copies(choice); copies > 0; copies--)
        {
            if (message is GuestHop.IoExit exit)
                Machine.Exit(exit.Epoch, exit.Request, exit.Taken);
            else if (message is GuestHop.InterruptAccepted accepted)
                Machine.InterruptAccepted(accepted.Epoch, accepted.Vcpu, accepted.Sequence, accepted.Vector, accepted.Confirm);
            else if (message is GuestHop.InterruptHeld held)
                Machine.InterruptHeld(held.Epoch, held.Vcpu, held.Sequence);
            else if (message is GuestHop.VcpuRuns runs)
                Machine.VcpuRuns(runs.Epoch, runs.Vcpu);
        }
    }

    private int Copies(int choice) => !_mayLose ? 1 : (choice % 8) switch { 0 or 1 => 0, 2 => 2, _ => 1 };

    private void Tick()
    {
        if (TimerRuns)
            TimerRuns = Machine.Tick();
    }

    private void Look()
    {
        switch (_vcpu.Look())
        {
            case RepeatTurn.SendExit:
                Send(_vcpu.Exit!);
                break;
            case RepeatTurn.SendAcceptances:
                SendAcceptances();
                break;
        }
    }

    private void Follow(VcpuTurn turn)
    {
        if (turn == VcpuTurn.SendExit)
            Send(_vcpu.Exit!);
        else if (turn == VcpuTurn.SendRuns)
            _up.Enqueue(new GuestHop.VcpuRuns(Epoch, 0));
        else
            SendAcceptances();
    }

    private void Send(object message)
    {
        SendAcceptances();
        _up.Enqueue(message);
    }

    private void SendAcceptances()
    {
        while (_vcpu.TryTakeAcceptance(out var acceptance))
            _up.Enqueue(acceptance);
    }

    private sealed class Program(HandshakeWorld world) : GuestProgram
    {
        public override async GuestTask Run(GuestCpu cpu)
        {
            await cpu.Store(PlatformSpec.LocalApicBase + 0xF0, 4, 0x1FF);
            while (true)
                await Handle(cpu, await cpu.WaitForInterrupt());
        }

        private async GuestTask Handle(GuestCpu cpu, byte vector)
        {
            world._taken[vector]++;
            world._unseen.Remove(vector);
            world._handling++;
            if (world._nesting)
            {
                await cpu.Out(PlatformSpec.RtcPort, 1, 0);
                if (cpu.TryTakeInterrupt(out var second))
                    await Handle(cpu, second);
            }

            await cpu.Store(Eoi, 4, 0);
            world._handling--;
        }
    }
}
