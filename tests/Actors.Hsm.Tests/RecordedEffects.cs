using Actors.Protocol;

namespace Actors.Hsm.Tests;

/// <summary>Writes down what leaves the core, in order.</summary>
internal sealed class RecordedEffects : IHsmEffects
{
    public List<(uint Epoch, int Vcpu, ulong Sequence, ulong Value)> Finished { get; } = [];

    public List<(object Server, uint Epoch, IoRequest Request)> Dispatched { get; } = [];

    public List<(uint Epoch, ulong Cookie, ulong Count)> Signals { get; } = [];

    public List<(uint Epoch, long Id, bool Assign, AsyncioDescriptor Descriptor)> Asyncio { get; } = [];

    public List<(uint Epoch, ulong Position)> Drained { get; } = [];

    public List<(uint Epoch, ulong Source, ulong Sequence, ulong Address, uint Data)> Msis { get; } = [];

    public List<(object Requester, uint Epoch, long Id, Errno Result)> Registrations { get; } = [];

    public List<ControlHop.VmCommand> PassedOn { get; } = [];

    public List<(object Requester, ControlHop.VmCommandResult Result)> Answers { get; } = [];

    public int RetryStarts { get; private set; }

    public int ClearingTimers { get; private set; }

    public int ClearingTimersStopped { get; private set; }

    public void FinishRequest(uint epoch, int vcpu, ulong sequence, ulong value) => Finished.Add((epoch, vcpu, sequence, value));

    public void DispatchRequest(object server, uint epoch, in IoRequest request) => Dispatched.Add((server, epoch, request));

    public void SignalDoorbell(uint epoch, Doorbell doorbell) => Signals.Add((epoch, doorbell.Cookie, doorbell.Count));

    public void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor) => Asyncio.Add((epoch, id, assign, descriptor));

    public void ReportDrained(uint epoch, ulong position) => Drained.Add((epoch, position));

    public void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data, ulong oldest) => Msis.Add((epoch, source, sequence, address, data));

    public void AnswerRegistration(object requester, uint epoch, long id, Errno result) => Registrations.Add((requester, epoch, id, result));

    public void PassCommandOn(ControlHop.VmCommand command) => PassedOn.Add(command);

    public void AnswerCommand(object requester, ControlHop.VmCommandResult result) => Answers.Add((requester, result));

    public List<(string What, uint Epoch, int Incarnation)> Asked { get; } = [];

    public void AskForPage(uint epoch, int incarnation) => Asked.Add(("page", epoch, incarnation));

    public void AskForRegistrations(uint epoch, int incarnation) => Asked.Add(("registrations", epoch, incarnation));

    public void StartRetrying() => RetryStarts++;

    public void StartClearingTimer() => ClearingTimers++;

    public void StopClearingTimer() => ClearingTimersStopped++;
}
