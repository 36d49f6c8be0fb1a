using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

/// <summary>What a VM and an exit cost in memory: 100,000 idle VMs, a million exits a second.</summary>
public sealed class CostTests
{
    private static readonly VmSpec Spec = new(new VmId(1), 1, 4096, new GuestSpec("test", []), []);

    [Fact]
    public void A_local_apic_costs_less_than_600_bytes() => Assert.InRange(Allocated(() => new LocalApic(1)), 1, 600);

    [Fact]
    public void An_IOAPIC_costs_less_than_600_bytes_also_when_used() => Assert.InRange(
        Allocated(() =>
        {
            var ioApic = new IoApic();
            ioApic.Write(0, 4, 0x10, out _);
            ioApic.Write(0x10, 4, 0x41, out _);
            return ioApic;
        }),
        1,
        600);

    [Fact]
    public void An_idle_VM_s_core_costs_less_than_2_KiB() =>
        Assert.InRange(Allocated(() => new VirtualMachine(Spec, SilentHost.Instance, TimeProvider.System, null)), 1, 2048);

    [Theory]
    [InlineData(0x2000)] // forwarded
    [InlineData(0x70)] // emulated here
    [InlineData(0x3000)] // a doorbell
    public void An_exit_allocates_nothing_but_messages(int port)
    {
        var vm = new VirtualMachine(Spec, SilentHost.Instance, TimeProvider.System, null);
        vm.Command(1, VmCommandKind.Start, 0);
        vm.SetAsyncio(1, 1, true, new AsyncioDescriptor(IoRequestType.PortIo, 0x3000, 4, false, 0, 1));
        ulong sequence = 0;
        Exit();
        vm.AsyncioDrained(1, 1);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Exit();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Exit()
        {
            vm.Exit(1, new IoRequest(0, ++sequence, IoAccess.Out((ushort)port, 1, 0)));
            vm.Finished(1, 0, sequence, 0);
            vm.AsyncioDrained(1, sequence);
        }
    }

    private static long Allocated(Func<object> make)
    {
        make();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var made = make();
        var after = GC.GetAllocatedBytesForCurrentThread();
        GC.KeepAlive(made);
        return after - before;
    }

    private sealed class SilentHost : IVirtualMachineHost
    {
        public static readonly SilentHost Instance = new();

        public void Complete(int vcpu, ulong sequence, ulong value, IoOutcome outcome)
        {
        }

        public void Deliver(int vcpu, ulong sequence, byte vector)
        {
        }

        public void AcceptancesSeen(int vcpu, uint taken)
        {
        }

        public void Run(int vcpu, byte startupVector)
        {
        }

        public void Pause(int vcpu)
        {
        }

        public void Upcall(byte vector, in IoRequest request, ImmutableArray<IoRequest> alsoPending)
        {
        }

        public void Poll(int vcpu, ulong sequence)
        {
        }

        public void AnswerPageLost(int incarnation, uint pciConfigAddress, ImmutableArray<IoRequest> pending)
        {
        }

        public void Kick(ulong position, ulong cookie, ulong oldest)
        {
        }

        public void Answer(long id, VmCommandKind command, uint epoch, Errno result)
        {
        }

        public void AnswerAsyncio(long id, Errno result)
        {
        }

        public void Announce(VmEventKind kind, string? detail)
        {
        }

        public void InterruptSeen(ulong source, ulong sequence)
        {
        }

        public void ClearMemory()
        {
        }

        public void Destroyed()
        {
        }

        public void StartRetryTimer()
        {
        }
    }
}
