namespace Actors.Simulation;

/// <summary>
/// Something that a world called hasn't returned: a device's callback, a guest's program, an oracle, a workload. The run is over and has no result, and its host can't be used any more. The message
/// says what it was, and what to do.
/// </summary>
public sealed class WorldStuckException : Exception
{
    internal WorldStuckException(string message)
        : base(message)
    {
    }
}
