namespace Actors.DeviceModel;

/// <summary>Where the transport says which doorbells should be registered with the HSM (ioctl IOEVENTFD). At most one a queue; a change is a Deassign, then an Assign.</summary>
internal interface IDoorbellHost
{
    /// <summary>Register a queue's doorbell.</summary>
    /// <param name="queue">Which queue.</param>
    /// <param name="pio">Port I/O, else MMIO.</param>
    /// <param name="address">First byte.</param>
    /// <param name="length">Bytes; an access of as many or fewer at the address matches.</param>
    /// <param name="dataMatch">True when only <paramref name="data"/> is a kick of this queue.</param>
    /// <param name="data">The value.</param>
    void Assign(int queue, bool pio, ulong address, uint length, bool dataMatch, ulong data);

    /// <summary>Take a queue's doorbell back.</summary>
    void Deassign(int queue);
}
