namespace Actors.Hypervisor;

/// <summary>A device inside the hypervisor that is reached by memory accesses.</summary>
internal interface IMmioHandler
{
    /// <summary>For people who watch the path.</summary>
    string Name { get; }

    /// <summary>vCPU <paramref name="vcpu"/> reads at an offset in the device's range. Only the low <paramref name="size"/> bytes of the value count.</summary>
    EmulationResult Read(int vcpu, ulong offset, int size, out ulong value);

    /// <summary>vCPU <paramref name="vcpu"/> writes at an offset in the device's range.</summary>
    EmulationResult Write(int vcpu, ulong offset, int size, ulong value);
}
