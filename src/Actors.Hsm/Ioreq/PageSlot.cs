using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>One slot of the I/O request page, with what the service side keeps beside it.</summary>
internal struct PageSlot
{
    /// <summary>The last request seen here; sequence 0 when there was none in this epoch. The access is a configuration access once CF8/CFC was converted.</summary>
    public IoRequest Request;

    /// <summary>Result while COMPLETE.</summary>
    public ulong Value;

    /// <summary>Who works on it while PROCESSING.</summary>
    public IoreqClient? Client;

    /// <summary>Its state.</summary>
    public IoRequestSlotState State;
}
