using Actors.Protocol;
using CsCheck;

namespace Actors.Hsm.Tests;

/// <summary>The slots under any interleaving of what may arrive: I3, I5, F13-F16, F19-F22, F29.</summary>
public sealed class SlotAutomatonTests
{
    private const int Vcpus = 3;
    private static readonly IoRange Later = new(IoRequestType.Mmio, 0x9000, 0x9FFF);

    private static readonly Gen<(int Kind, int Vcpu, int Age, int What)[]> Steps =
        Gen.Select(Gen.Int[0, 19], Gen.Int[0, Vcpus - 1], Gen.Int[-2, 1], Gen.Int[0, 5]).Array[1, 120];

    [Fact]
    public void Every_request_is_finished_once_with_one_value_whatever_comes_lost_twice_or_late() => Steps.Sample(steps =>
    {
        var vm = new TestVm(Vcpus, trace: new RecordedTrace(), clients: TestVm.Client(new ScriptedHandler(IoreqResult.Later), Later));
        var raised = new ulong[Vcpus];
        var access = new IoAccess[Vcpus];
        var first = new Dictionary<(uint, int, ulong), ulong>();
        int checkedUpTo = 0;

        foreach (var (kind, vcpu, age, what) in steps)
        {
            var before = States(vm.Vm.Page);
            uint epoch = vm.Vm.Epoch;
            uint spoken = (uint)Math.Max(1, (int)epoch + (what == 5 ? age : 0));
            ulong sequence = (ulong)Math.Max(0, (long)raised[vcpu] + age);
            switch (kind)
            {
                case < 5:
                    // The hypervisor's side of the slot: a new exit only once the last one was answered.
                    if (first.ContainsKey((epoch, vcpu, raised[vcpu])) || raised[vcpu] == 0)
                    {
                        raised[vcpu]++;
                        access[vcpu] = Access(what);
                    }

                    vm.Upcall(vcpu, raised[vcpu], access[vcpu]);
                    break;
                case < 8:
                    if (age <= 0)
                        vm.Upcall(vcpu, sequence, access[vcpu], spoken);
                    break;
                case < 13:
                    vm.Done(vcpu, sequence, (ulong)kind, spoken);
                    break;
                case < 16:
                    vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, spoken, vcpu, sequence, (ulong)kind));
                    break;
                case 16:
                    vm.Command(VmCommandKind.ClearIoRequests);
                    break;
                case 17:
                    vm.Vm.OnClearingExpired();
                    break;
                case 18:
                    if (what == 0)
                    {
                        vm.Carry(VmCommandKind.Reset);
                        if (vm.Vm.Epoch != epoch)
                            Array.Clear(raised);
                    }

                    break;
                default:
                    vm.Command(what < 3 ? VmCommandKind.DestroyDefaultClient : VmCommandKind.CreateDefaultClient);
                    break;
            }

            bool reset = vm.Vm.Epoch != epoch;
            var after = States(vm.Vm.Page);
            for (int i = 0; i < Vcpus; i++)
                Assert.True(IsLegal(before[i], after[i], reset), $"slot {i}: {before[i]} -> {after[i]}, reset {reset}");

            for (; checkedUpTo < vm.Effects.Finished.Count; checkedUpTo++)
            {
                var done = vm.Effects.Finished[checkedUpTo];
                Assert.Equal(vm.Vm.Epoch, done.Epoch);
                Assert.InRange(done.Sequence, 1UL, raised[done.Vcpu]);
                if (!first.TryAdd((done.Epoch, done.Vcpu, done.Sequence), done.Value))
                    Assert.Equal(first[(done.Epoch, done.Vcpu, done.Sequence)], done.Value);
            }
        }

        AssertStepsAreLegal(vm.Trace!.Slots);

        // Heal: no slot stays with anybody once everybody answers, and none was left PENDING.
        vm.Vm.OnClearingExpired();
        for (int i = 0; i < Vcpus; i++)
        {
            Assert.NotEqual(IoRequestSlotState.Pending, vm.Vm.Page[i].State);
            if (raised[i] == 0)
                continue;
            vm.Upcall(i, raised[i], access[i]);
            vm.Done(i, raised[i]);
            vm.Vm.OnClientDone(new IoreqClientDone(TestVm.Id, vm.Vm.Epoch, i, raised[i], 0));
            Assert.Equal(IoRequestSlotState.Complete, vm.Vm.Page[i].State);
        }
    });

    /// <summary>I3 from the steps alone: the service's edges, by their owners, each request PENDING before it is anything else.</summary>
    private static void AssertStepsAreLegal(IEnumerable<SlotStep> steps)
    {
        var state = new IoRequestSlotState[Vcpus];
        var sequence = new ulong[Vcpus];
        Array.Fill(state, IoRequestSlotState.Free);
        foreach (var step in steps)
        {
            Assert.Equal(SlotView.Service, step.View);
            if (step.Sequence > sequence[step.Vcpu] && step.Owner != SlotOwner.Setup && state[step.Vcpu] is IoRequestSlotState.Free or IoRequestSlotState.Complete)
            {
                // The hypervisor's part, which isn't reported here.
                sequence[step.Vcpu] = step.Sequence;
                state[step.Vcpu] = IoRequestSlotState.Pending;
            }

            var edge = (step.From, step.To, step.Owner);
            Assert.Equal(state[step.Vcpu], step.From);
            Assert.True(
                edge is (IoRequestSlotState.Pending, IoRequestSlotState.Processing, SlotOwner.Hsm)
                    or (IoRequestSlotState.Pending, IoRequestSlotState.Complete, SlotOwner.Hsm)
                    or (IoRequestSlotState.Processing, IoRequestSlotState.Complete, SlotOwner.Client)
                    or (_, IoRequestSlotState.Free, SlotOwner.Setup),
                $"{edge}");
            state[step.Vcpu] = step.To;
            if (step.To == IoRequestSlotState.Free)
                sequence[step.Vcpu] = 0;
        }
    }

    private static IoAccess Access(int what) => what switch
    {
        0 => IoAccess.Out(0xCF8, 4, 0x8000_0000),
        1 => IoAccess.In(0xCFC, 4),
        2 => IoAccess.Load(0x9000, 4),
        3 => IoAccess.Store(0x100, 4, 1),
        4 => new IoAccess(IoRequestType.WriteProtect, IoDirection.Write, 4, 0x100, 0),
        _ => IoAccess.In(0x60, 1),
    };

    /// <summary>Steps of the automaton that one message can make, hypervisor's part (FREE, COMPLETE -> PENDING) included.</summary>
    private static bool IsLegal(IoRequestSlotState from, IoRequestSlotState to, bool reset) => (from, to) switch
    {
        (_, IoRequestSlotState.Free) => reset || from == IoRequestSlotState.Free,
        (_, IoRequestSlotState.Pending) => false,
        (IoRequestSlotState.Free, _) => true,
        (IoRequestSlotState.Complete, _) => true,
        (IoRequestSlotState.Processing, _) => true,
        _ => false,
    };

    private static IoRequestSlotState[] States(ServicePage page) => [.. Enumerable.Range(0, Vcpus).Select(i => page[i].State)];
}
