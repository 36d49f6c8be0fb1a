namespace Actors.Guest;

/// <summary>A device behind a shared, level-triggered line: it lets go of the line when it is asked why.</summary>
public interface IInterruptSource
{
    /// <summary>Reads the device's interrupt status, which takes its request from the line.</summary>
    GuestTask Acknowledge();
}
