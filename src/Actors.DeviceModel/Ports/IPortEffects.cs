using Actors.Protocol;

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

    /// <summary>The device lost its record, and with it what was on its way: to be announced.</summary>
    /// <param name="dropped">Bytes of output, whose buffers never came back, that were dropped.</param>
    /// <param name="givenUp">Bytes of input that the guest may have or not.</param>
    void Forgotten(long dropped, int givenUp)
    {
    }

    /// <summary>A port of another node goes on here: what that left uncertain is to be announced.</summary>
    void Adopted(in PortOrigin origin)
    {
    }

    /// <summary>The backend remembers a token that is higher than its own, and waits for a still higher one. Said each time that the port is at it.</summary>
    void Remembered(FencingToken seen)
    {
    }

    /// <summary>The backend complained.</summary>
    void Complain(string complaint);
}
