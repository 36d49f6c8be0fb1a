namespace Actors.DeviceModel;

/// <summary>A machine whose PCI devices don't fit; the message is one clear sentence for a person.</summary>
internal sealed class PciSetupException : Exception
{
    /// <summary>Makes the exception.</summary>
    public PciSetupException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    public PciSetupException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes the exception.</summary>
    public PciSetupException()
    {
    }
}
