namespace Actors.Guest;

/// <summary>
/// Sends numbered lines as fast as its port takes them: what a byte oracle at the other end checks. Its driver has as much on the way as a bulk writer's has (256 KiB in buffers of a page):
/// with less it would measure how long a kick takes, not how fast bytes go.
/// </summary>
internal sealed class LinesGuest(string portName, uint key, long count, int length, DriverOptions options)
    : BootGuest(options with { TransmitBuffers = 64, TransmitBufferSize = 4096 })
{
    /// <summary>Bytes that it hands to its driver at once.</summary>
    private const int BatchBytes = 64 * 1024;

    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (await platform.FindPort(portName) is not { } port)
        {
            await platform.Fail($"lines: no port '{portName}'");
            return;
        }

        await port.Open();
        var batch = new byte[Math.Max(1, BatchBytes / length) * length];
        for (var number = 0L; number < count;)
        {
            var filled = 0;
            for (; filled < batch.Length && number < count; filled += length)
                NumberedLine.Write(batch.AsSpan(filled, length), key, number++);
            if (!await port.Write(batch.AsMemory(0, filled)))
                return;
        }

        await port.Flush();
    }
}
