namespace Actors.Guest.Tests;

/// <summary>A guest that boots, does what a test says, and powers off.</summary>
internal sealed class PlatformGuest(Func<GuestPlatform, GuestTask> script, DriverOptions options) : BootGuest(options)
{
    protected override GuestTask Main(GuestPlatform platform) => script(platform);
}
