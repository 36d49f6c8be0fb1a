namespace Actors.Guest.Tests;

/// <summary>A guest that is one method of a test.</summary>
internal sealed class ScriptedGuest(Func<GuestCpu, GuestTask> script) : GuestProgram
{
    public override GuestTask Run(GuestCpu cpu) => script(cpu);

    /// <summary>Runs a script on a machine to its end. A script that throws fails the test.</summary>
    public static ModelMachine Run(Func<GuestCpu, GuestTask> script, Action<ModelMachine>? prepare = null)
    {
        var machine = new ModelMachine(new ScriptedGuest(script));
        prepare?.Invoke(machine);
        machine.Run();
        Assert.Null(machine.Fault);
        return machine;
    }
}
