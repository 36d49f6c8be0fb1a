using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Stands for a guest that could not be made: it ends at once.</summary>
internal sealed class FaultedEngine(Exception error) : IVcpuEngine
{
    public EngineStop Run() => new(EngineStopKind.Ended, Fault: FaultText.Of(error));

    public void Complete(ulong value, IoOutcome outcome) => throw new InvalidOperationException("No access is outstanding.");

    public void Interrupt(byte vector)
    {
    }

    public void Nudge()
    {
    }

    public bool TryTakeTaken(out byte vector)
    {
        vector = 0;
        return false;
    }
}
