using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>
/// A device that answers each chain with the sum of its readable bytes in its first writable byte. Queues 0-1 are always there, 2-3 only with feature bit 0.
/// </summary>
internal sealed class TestDevice : IVirtioDevice
{
    public const ulong FeatureMoreQueues = 1;

    private IVirtioHost? _host;

    public ushort DeviceType => VirtioConsoleSpec.DeviceType;

    public uint ClassCode => 0x07_80_00;

    public ulong Features => FeatureMoreQueues | 2;

    public int QueueCount => 4;

    public int ConfigLength => Config.Length;

    public byte[] Config { get; } = [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B];

    public List<string> Calls { get; } = [];

    /// <summary>True: chains are kept and not given back.</summary>
    public bool Holds { get; set; }

    public List<(int Queue, DescriptorChain Chain)> Held { get; } = [];

    public long Bytes { get; private set; }

    public int QueueSizeOf(int queue, ulong features) => queue < 2 || (features & FeatureMoreQueues) != 0 ? 8 : 0;

    public void ReadConfig(int offset, Span<byte> destination) => Config.AsSpan(offset, destination.Length).CopyTo(destination);

    public void WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        Calls.Add($"config {offset} {source.Length}");
        source.CopyTo(Config.AsSpan(offset));
    }

    public void Activate(IVirtioHost host)
    {
        _host = host;
        Calls.Add("activate");
        for (var i = 0; i < QueueCount; i++)
            Serve(i);
    }

    public void Notify(int queue)
    {
        Calls.Add($"notify {queue}");
        Serve(queue);
    }

    public void QueueReset(int queue)
    {
        Calls.Add($"queue reset {queue}");
        Held.RemoveAll(held => held.Queue == queue);
    }

    public void Reset()
    {
        Calls.Add("reset");
        Held.Clear();
        _host = null;
    }

    private void Serve(int index)
    {
        if (_host is not { IsActive: true } host)
            return;
        var queue = host.Queue(index);
        for (var budget = 64; budget > 0; budget--)
        {
            var popped = queue.TryPop(out var chain, out var fault);
            if (popped == VirtqueuePop.Broken)
                host.Fail(fault);
            if (popped != VirtqueuePop.Chain)
                break;
            if (Holds)
                Held.Add((index, chain));
            else if (!Answer(queue, chain))
                host.Fail(new GuestFault(GuestFaultKind.RingOutsideRam, index));
        }

        host.SignalUsed(queue);
    }

    private bool Answer(Virtqueue queue, DescriptorChain chain)
    {
        Span<byte> some = stackalloc byte[7];
        byte sum = 0;

        // A bound on what one chain may cost: huge buffers are read in part.
        for (var turns = 0; turns < 1000 && chain.Read(some) is > 0 and var count; turns++)
        {
            for (var i = 0; i < count; i++)
                sum += some[i];
            Bytes += count;
        }

        var written = chain.Write([sum]);
        return queue.Push(chain, (uint)Math.Max(0, written));
    }
}
