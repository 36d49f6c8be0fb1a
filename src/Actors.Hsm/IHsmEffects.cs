using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>How effects leave the core of one VM. The actor sends them; a test writes them down. Peers are opaque here.</summary>
internal interface IHsmEffects
{
    /// <summary>NOTIFY_REQUEST_FINISH to the hypervisor.</summary>
    void FinishRequest(uint epoch, int vcpu, ulong sequence, ulong value);

    /// <summary>A request to the default client's server.</summary>
    void DispatchRequest(object server, uint epoch, in IoRequest request);

    /// <summary>A doorbell's counter to its listener.</summary>
    void SignalDoorbell(uint epoch, Doorbell doorbell);

    /// <summary>An asyncio hypercall.</summary>
    void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor);

    /// <summary>How far the asyncio ring is drained.</summary>
    void ReportDrained(uint epoch, ulong position);

    /// <summary>An irqfd's interrupt.</summary>
    void InjectMsi(uint epoch, ulong source, ulong sequence, ulong address, uint data, ulong oldest);

    /// <summary>The result of an ioeventfd or irqfd registration.</summary>
    void AnswerRegistration(object requester, uint epoch, long id, Errno result);

    /// <summary>A command that the hypervisor must carry out.</summary>
    void PassCommandOn(ControlHop.VmCommand command);

    /// <summary>The result of a command.</summary>
    void AnswerCommand(object requester, ControlHop.VmCommandResult result);

    /// <summary>A restarted HSM asks the hypervisor for the page.</summary>
    void AskForPage(uint epoch, int incarnation);

    /// <summary>A restarted HSM asks the device model for the registrations.</summary>
    void AskForRegistrations(uint epoch, int incarnation);

    /// <summary>Something is outstanding: <see cref="HsmVm.OnRetryTick"/> is to be called every retry period from now on, until it says that nothing is.</summary>
    void StartRetrying();

    /// <summary><see cref="HsmVm.OnClearingExpired"/> is to be called when the clearing budget is used up.</summary>
    void StartClearingTimer();

    /// <summary>Clearing has ended in time.</summary>
    void StopClearingTimer();
}
