using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>An entry of the ioeventfd table.</summary>
internal struct IoeventfdEntry
{
    public ulong Address;
    public ulong Data;
    public Doorbell Doorbell;

    /// <summary>Position among all registrations of the VM: the first registered wins, and names the entry.</summary>
    public long Order;

    /// <summary>Id of the message that made it.</summary>
    public long RegistrationId;

    public IoRequestType Type;
    public byte Length;
    public bool DataMatch;
    public AsyncioState Asyncio;

    /// <summary>The range that the entry puts into the ioeventfd client.</summary>
    public readonly IoRange Range => new(Type, Address, Address + Length - 1);

    /// <summary>The entry as the hypervisor's asyncio table holds it. ACRN's HSM drops the data match here.</summary>
    public readonly AsyncioDescriptor Descriptor => new(Type, Address, Length, DataMatch, Data, Doorbell.Cookie);
}
