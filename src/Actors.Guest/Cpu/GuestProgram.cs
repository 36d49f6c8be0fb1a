namespace Actors.Guest;

/// <summary>
/// What runs on a vCPU, written in C#. There is one instance per vCPU: vCPUs share RAM and send each other interrupts, nothing else.
/// When <see cref="Run"/> ends, the vCPU has halted for ever; when it ends with an exception, that is a triple fault.
/// </summary>
public abstract class GuestProgram
{
    /// <summary>Runs the program. Application processors (index above 0) run it, too, when they get their startup interrupt.</summary>
    public abstract GuestTask Run(GuestCpu cpu);
}
