namespace Actors.Guest;

/// <summary>A guest that one processor runs; others that are started sleep.</summary>
internal abstract class BootGuest(DriverOptions options) : GuestProgram
{
    public sealed override async GuestTask Run(GuestCpu cpu)
    {
        if (cpu.Index != 0)
            return;
        var platform = await GuestPlatform.Boot(cpu, options);
        await Main(platform);
        await platform.PowerOff();
    }

    /// <summary>The guest's work. The machine is powered off when it ends.</summary>
    protected abstract GuestTask Main(GuestPlatform platform);
}
