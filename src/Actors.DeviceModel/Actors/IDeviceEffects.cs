namespace Actors.DeviceModel;

/// <summary>What leaves a device.</summary>
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

    /// <summary>To the device itself, as <see cref="DeviceCore.Signal"/> without an object, once: a later wish replaces an earlier one, and a restart forgets it.</summary>
    void Wake(TimeSpan after);

    /// <summary>To the device itself, as <see cref="DeviceCore.Signal"/>. May be called by any thread.</summary>
    void Post(object what);

    /// <summary>To whoever watches: the device's own part threw, and is out of use until a reset.</summary>
    void Failed(string reason);
}
