using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hsm.Tests;

/// <summary>
/// Why the HSM's actor goes on as it is when something throws: whichever effect fails, once, everything is made up for by what its peers repeat and by the timer.
/// Nothing is asked for twice that may be done only once, since that is the hypervisor's slot and the device model's log, not this.
/// </summary>
public sealed class FailingEffectTests
{
    private const int Effects = 40;

    [Fact]
    public void Whichever_effect_throws_every_request_is_finished_every_doorbell_heard_and_every_registration_answered()
    {
        int failed = 0;
        for (int nth = 1; nth <= Effects; nth++)
        {
            var effects = new FailingEffects(nth);
            Play(effects);
            failed += effects.HasFailed ? 1 : 0;
        }

        Assert.InRange(failed, 10, Effects - 1);
    }

    private static void Play(FailingEffects effects)
    {
        var recorded = effects.Recorded;
        var vm = new HsmVm(TestVm.Spec(2), 1, [], effects, null);
        var create = new ControlHop.VmCommand(1, TestVm.Id, VmCommandKind.CreateDefaultClient);
        Until(effects, () => recorded.Answers.Count > 0, () => vm.OnCommand(create, TestVm.DeviceModel));

        for (ulong cookie = 5; cookie <= 6; cookie++)
        {
            var flags = cookie == 5 ? IoeventfdFlags.None : IoeventfdFlags.Asyncio;
            var registration = new DispatchHop.SetIoeventfd(TestVm.Id, 1, (long)cookie, flags, cookie, cookie << 12, 2, 0, ActorRefs.Nobody);
            Until(
                effects,
                () => recorded.Registrations.Any(answer => answer.Id == (long)cookie),
                () => vm.OnSetIoeventfd(registration, "device"),
                () => vm.OnRetryTick(),
                () =>
                {
                    if (recorded.Asyncio.Count > 0)
                        vm.OnAsyncioResult(new UpcallHop.AsyncioResult(TestVm.Id, 1, recorded.Asyncio[^1].Id, Errno.Ok));
                });
        }

        Request(vm, effects, new IoRequest(0, 1, IoAccess.Store(5UL << 12, 2, 0)));
        Request(vm, effects, new IoRequest(1, 1, IoAccess.Load(0x9000, 4)));
        Request(vm, effects, new IoRequest(0, 2, IoAccess.Out(0xCF8, 4, 0x8000_1800)));
        Request(vm, effects, new IoRequest(0, 3, IoAccess.In(0xCFC, 4)));
        Until(effects, () => recorded.Drained.Count > 0, () => vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, 1, 1, 6, 1)));

        // The listener hears of both, however late, and the timer ends.
        Until(
            effects,
            () => recorded.Signals.Any(signal => signal.Cookie == 5) && recorded.Signals.Any(signal => signal.Cookie == 6),
            () => vm.OnRetryTick());
        Until(
            effects,
            () => !vm.OnRetryTick(),
            () =>
            {
                foreach (var signal in recorded.Signals.ToArray())
                    vm.OnDoorbellDrained(new DispatchHop.DoorbellDrained(TestVm.Id, 1, signal.Cookie, signal.Count));
            });
        Assert.Equal(IoRequestSlotState.Complete, vm.Page[0].State);
        Assert.Equal(IoRequestSlotState.Complete, vm.Page[1].State);
        Assert.True(recorded.RetryStarts > 0);
    }

    private static void Request(HsmVm vm, FailingEffects effects, IoRequest request) => Until(
        effects,
        () => effects.Recorded.Finished.Any(finished => finished.Vcpu == request.Vcpu && finished.Sequence == request.Sequence),
        () => vm.OnUpcall(new UpcallHop.Upcall(TestVm.Id, 1, 0xF3, request, default)),
        () =>
        {
            if (effects.Recorded.Dispatched.Any(dispatched => dispatched.Request.Vcpu == request.Vcpu && dispatched.Request.Sequence == request.Sequence))
                vm.OnRequestDone(new DispatchHop.RequestDone(TestVm.Id, 1, request.Vcpu, request.Sequence, 7));
        });

    /// <summary>Peers repeat themselves; what throws costs its message.</summary>
    private static void Until(FailingEffects effects, Func<bool> done, params Action[] messages)
    {
        for (int round = 0; round < 8; round++)
        {
            foreach (var message in messages)
                effects.Catch(message);
            bool isDone = false;
            effects.Catch(() => isDone = done());
            if (isDone)
                return;
        }

        Assert.Fail("It never happens.");
    }

    private sealed class FailingEffects(int nth) : IHsmEffects
    {
        private int _count;

        public RecordedEffects Recorded { get; } = new();

        public bool HasFailed { get; private set; }

        private IHsmEffects Next()
        {
            if (++_count != nth)
                return Recorded;
            HasFailed = true;
            throw new CrashException();
        }

        public void Catch(Action action)
        {
            try
            {
                action();
            }
            catch (CrashException)
            {
            }
        }

        public void FinishRequest(uint epoch, int vcpu, ulong sequence, ulong value) => Next().FinishRequest(epoch, vcpu, sequence, value);

        public void DispatchRequest(object server, uint epoch, in IoRequest request) => Next().DispatchRequest(server, epoch, in request);

        public void SignalDoorbell(uint epoch, Doorbell doorbell) => Next().SignalDoorbell(epoch, doorbell);

        public void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor) => Next().SetAsyncio(epoch, id, assign, in descriptor);

        public void ReportDrained(uint epoch, ulong position) => Next().ReportDrained(epoch, position);

        public void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data, ulong oldest) =>
            Next().InjectMsi(epoch, source, sequence, address, data, oldest);

        public void AnswerRegistration(object requester, uint epoch, long id, Errno result) => Next().AnswerRegistration(requester, epoch, id, result);

        public void PassCommandOn(ControlHop.VmCommand command) => Next().PassCommandOn(command);

        public void AnswerCommand(object requester, ControlHop.VmCommandResult result) => Next().AnswerCommand(requester, result);

        public void AskForPage(uint epoch, int incarnation) => Next().AskForPage(epoch, incarnation);

        public void AskForRegistrations(uint epoch, int incarnation) => Next().AskForRegistrations(epoch, incarnation);

        // Timers are the actor's own: they don't fail.
        public void StartRetrying() => Recorded.StartRetrying();

        public void StartClearingTimer() => Recorded.StartClearingTimer();

        public void StopClearingTimer() => Recorded.StopClearingTimer();
    }

    private sealed class CrashException : Exception;
}
