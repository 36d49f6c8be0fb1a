using Actors.Protocol;

namespace Actors.Guest;

/// <summary>Sends bytes from RAM that is prepared once, in chains of one size, as many in flight as the queue holds.</summary>
internal sealed class FloodGuest(string portName, long bytes, int chain, DriverOptions options) : BootGuest(options)
{
    /// <summary>Largest chain.</summary>
    public const int MaxChain = 1 << 20;

    /// <summary>RAM that chains are sent from, again and again: chains in flight may overlap, the device only reads them.</summary>
    private const int PoolBytes = 1 << 20;

    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (await platform.FindPort(portName) is not { } port)
        {
            await platform.Fail($"flood: no port '{portName}'");
            return;
        }

        await port.Open(0, 0);
        var buffers = Math.Clamp(PoolBytes / chain, 1, port.TransmitQueue.Size);
        var pool = platform.Heap.Allocate(buffers * chain);
        Fill(platform.Cpu.Memory, pool, buffers * chain);
        await Send(port, pool, buffers);
        await port.Flush();
    }

    /// <summary>Lines of printable text, so that a person can look at what arrived.</summary>
    private static void Fill(IGuestMemory memory, ulong address, int length)
    {
        Span<byte> line = stackalloc byte[64];
        for (var i = 0; i < line.Length; i++)
            line[i] = (byte)(i == line.Length - 1 ? '\n' : '0' + (i % 64));
        for (var at = 0; at < length; at += line.Length)
            memory.TryWrite(address + (ulong)at, line[..Math.Min(line.Length, length - at)]);
    }

    private async GuestTask Send(GuestConsolePort port, ulong pool, int buffers)
    {
        var queue = port.TransmitQueue;
        queue.DisableInterrupts();
        var next = 0;
        for (var left = bytes; left > 0 && !port.IsGone;)
        {
            while (queue.TryTakeUsed(out _, out _))
            {
            }

            var added = false;
            while (left > 0 && port.CanTransmit && queue.FreeDescriptors > 0)
            {
                var length = (uint)Math.Min(chain, left);
                queue.TryAdd(pool + ((ulong)next * (ulong)chain), length, false, 0);
                next = (next + 1) % buffers;
                left -= length;
                added = true;
            }

            if (queue.Publish())
                await queue.Kick(port.Driver.Cpu);
            if (!added && queue.EnableInterruptsAfterHalf())
            {
                await port.Driver.WaitForEvent();
                queue.DisableInterrupts();
            }
        }
    }
}
