namespace Actors.Guest;

/// <summary>
/// The smallest guest with a console: it looks for no more than the first console device, uses short rings and few buffers, and then
/// only answers control messages. What an idle VM costs is measured with it.
/// </summary>
internal sealed class IdleGuest(DriverOptions options) : BootGuest(options with
{
    FirstConsoleOnly = true,
    QueueSize = 8,
    MaxPorts = 1,
    ControlBuffers = 4,
    ReceiveBuffers = 1,
    ReceiveBufferSize = 256,
    IndirectDescriptors = false,
})
{
    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (platform.Consoles.Count == 0)
            return;
        var console = platform.Consoles[0];
        while (!console.IsBroken)
            await console.WaitForEvent();
    }
}
