namespace Actors.DeviceModel;

/// <summary>The effects of a PCI function on the machine around it.</summary>
internal interface IPciFunctionHost
{
    /// <summary>
    /// A BAR begins to decode. False: the range tables refuse the place (occupied, or RAM), and the BAR stays inert until it is moved. A host that gets to know
    /// later says true now and calls <see cref="PciFunction.RefuseBar"/> then.
    /// </summary>
    bool MapBar(int bar, PciBarKind kind, ulong address, ulong size);

    /// <summary>A BAR ceases to decode at the place where it was mapped.</summary>
    void UnmapBar(int bar, PciBarKind kind, ulong address, ulong size);

    /// <summary>The function's INTx pin is asserted or not; polarity and sharing are the bus's business.</summary>
    void SetIntx(bool asserted);

    /// <summary>The function sends a message-signalled interrupt.</summary>
    void SendMsi(ulong address, uint data);
}
