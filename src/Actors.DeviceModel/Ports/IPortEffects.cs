namespace Actors.DeviceModel;

/// <summary>What leaves a port.</summary>
internal interface IPortEffects
{
    /// <summary>To the device.</summary>
    void Send(PortHop.Status status);

    /// <summary>To the device.</summary>
    void Send(PortHop.Input input);

    /// <summary>Something waits for an answer: call <see cref="Port.Repeat"/> every retry period until it says false.</summary>
    void Watch();

    /// <summary>Call <see cref="Port.Turn"/> after what else is waiting.</summary>
    void YieldTurn();

    /// <summary>Call <see cref="Port.Turn"/> in a second.</summary>
    void WaitSecond();

    /// <summary>Bytes went to the backend (or came from it): for the trace.</summary>
    void Moved(bool output, long bytes);

    /// <summary>Bytes of the guest were given up: for the trace.</summary>
    void Dropped(in PortDrop drop)
    {
    }

    /// <summary>The backend complained.</summary>
    void Complain(string complaint);
}
