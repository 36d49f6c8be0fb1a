namespace Actors.DeviceModel;

/// <summary>How a console device reaches its ports and its own future.</summary>
internal interface IConsolePorts : IGuestFaultReporter
{
    /// <summary>To a port.</summary>
    void Send(int port, PortHop.Write write);

    /// <summary>To a port.</summary>
    void Send(int port, PortHop.Grant grant);

    /// <summary>To a port.</summary>
    void Send(int port, PortHop.Emergency emergency);

    /// <summary>To a port.</summary>
    void Send(int port, PortHop.Resume resume);

    /// <summary>Something waits for an answer: call <see cref="VirtioConsole.Repeat"/> every retry period until it says false.</summary>
    void Watch();

    /// <summary>A kick's share of work is used up: call <see cref="VirtioConsole.Resume"/> after what else is waiting.</summary>
    void YieldTurn();
}
