using Actors.Protocol;

namespace Actors.Guest;

/// <summary>What runs on a vCPU, whatever it is made of. Called by one thread at a time. Nothing that its guest does makes it throw.</summary>
internal interface IVcpuEngine
{
    /// <summary>Runs until an exit, the end of a time slice, idleness or the end. While it can't go on, it says the same stop again.</summary>
    EngineStop Run();

    /// <summary>Finishes the outstanding access. Then <see cref="Run"/>.</summary>
    /// <param name="value">What was read; 0 for a write.</param>
    /// <param name="outcome">How the access ended.</param>
    /// <exception cref="InvalidOperationException">No access is outstanding.</exception>
    void Complete(ulong value, IoOutcome outcome);

    /// <summary>Delivers a vector: it is pending until the guest takes it.</summary>
    void Interrupt(byte vector);

    /// <summary>Somebody outside asks for the guest's attention; a guest that doesn't wait for that never notices.</summary>
    void Nudge();

    /// <summary>One more of the vectors that the guest took in the last <see cref="Run"/>; false when there is none left.</summary>
    bool TryTakeTaken(out byte vector);
}
