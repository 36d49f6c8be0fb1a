namespace Actors.Hypervisor;

/// <summary>What interrupt controllers ask of the vCPUs.</summary>
internal interface IInterruptSink
{
    /// <summary>True when a vCPU can be given vectors; else they wait in its APIC.</summary>
    bool TakesInterrupts(int vcpu);

    /// <summary>A vector is offered, or offered again with the same number.</summary>
    void Deliver(int vcpu, ulong sequence, byte vector);

    /// <summary>A source's interrupts up to this one need no repeat.</summary>
    void Acknowledge(ulong source, ulong sequence);

    /// <summary>INIT arrived. True when the vCPU is reset by it.</summary>
    bool Initialize(int vcpu);

    /// <summary>SIPI arrived.</summary>
    void StartUp(int vcpu, byte vector);
}
