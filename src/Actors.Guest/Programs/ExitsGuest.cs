namespace Actors.Guest;

/// <summary>Rings the doorbell of an empty transmit queue again and again: the path of one exit and nothing else.</summary>
internal sealed class ExitsGuest(long count, DriverOptions options) : BootGuest(options)
{
    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (await platform.FindConsole() is not { } port)
            return;
        var doorbell = port.TransmitQueue.Doorbell;
        for (var i = 0L; i < count; i++)
            await doorbell.Ring(platform.Cpu);
    }
}
