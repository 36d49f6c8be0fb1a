namespace Actors.DeviceModel;

/// <summary>Everything that leaves a virtio PCI function; its actor implements it.</summary>
internal interface IVirtioPciHost : IPciFunctionHost, IDoorbellHost, IGuestFaultReporter;
