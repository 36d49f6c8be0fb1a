using Actors.Guest;

namespace Actors.Simulation;

/// <summary>What a guest does with one queue of a port: moves what can be moved, without waiting.</summary>
internal abstract class PortPump(GuestConsolePort port, DriverVirtqueue queue)
{
    /// <summary>The port.</summary>
    public GuestConsolePort Port { get; } = port;

    /// <summary>The queue.</summary>
    public DriverVirtqueue Queue { get; } = queue;

    /// <summary>Everything that was wanted has happened.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Moves what can be moved. True when something was.</summary>
    public abstract bool Move();

    /// <summary>Asks for an interrupt. False when there is something to move already.</summary>
    public virtual bool Arm() => Queue.EnableInterrupts();

    /// <summary>Runs pumps side by side until all are done. False when a port is gone before.</summary>
    public static async GuestTask<bool> Run(GuestPlatform platform, params PortPump[] pumps)
    {
        foreach (var pump in pumps)
            pump.Queue.DisableInterrupts();
        while (true)
        {
            var moved = false;
            var done = true;
            foreach (var pump in pumps)
            {
                if (pump.IsDone)
                    continue;
                moved |= pump.Move();
                if (pump.Queue.Publish())
                    await pump.Queue.Kick(platform.Cpu);
                done &= pump.IsDone;
                if (!pump.IsDone && pump.Port.IsGone)
                    return false;
            }

            if (done)
                return true;
            foreach (var console in platform.Consoles)
                await console.Service();
            if (!moved)
                await Wait(platform, pumps);
        }
    }

    private static async GuestTask Wait(GuestPlatform platform, PortPump[] pumps)
    {
        var quiet = true;
        foreach (var pump in pumps)
            quiet &= pump.IsDone || (!pump.Port.IsGone && pump.Arm());
        if (quiet)
            await platform.Interrupts.Wait();
        foreach (var pump in pumps)
        {
            if (!pump.IsDone)
                pump.Queue.DisableInterrupts();
        }
    }
}
