namespace Actors.DeviceModel;

/// <summary>Where guest faults are reported. Called at a bounded rate; <see cref="GuestFaultLedger"/> counts them all.</summary>
internal interface IGuestFaultReporter
{
    /// <summary>A guest did this.</summary>
    void Report(in GuestFault fault);
}
