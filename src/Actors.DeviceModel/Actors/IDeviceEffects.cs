namespace Actors.DeviceModel;

/// <summary>What leaves a console device.</summary>
internal interface IDeviceEffects : IConsolePorts
{
    /// <summary>To the HSM: a message-signalled interrupt, by its place among this device's in this epoch.</summary>
    void SendMsi(ulong sequence, ulong address, uint data);

    /// <summary>To the HSM: a doorbell.</summary>
    void Register(in DoorbellRegistrations.Request request);

    /// <summary>To the VM: the level of the INTx pin.</summary>
    void SendIntx(uint change, bool isAsserted);

    /// <summary>To the guest's RAM on another node.</summary>
    void Send(Actors.Protocol.MemoryHop.Exchange exchange);
}
