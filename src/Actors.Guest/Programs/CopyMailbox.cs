using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// The page through which the processors of a copying guest meet: its number is the start-up vector. Who is online, the transmit queue
/// that the boot processor hands to its neighbour, and who sleeps.
/// </summary>
internal sealed class CopyMailbox(IGuestMemory memory)
{
    /// <summary>Physical page, and so the start-up vector.</summary>
    public const byte Page = 0x08;

    /// <summary>Interrupts one processor for another: look at your rings.</summary>
    public const byte WakeVector = 0xE0;

    /// <summary>Entries of each ring between the processors: more than there are buffers.</summary>
    public const uint RingCapacity = 128;

    private const ulong Base = Page * 4096UL;
    private const ulong OnlineOffset = 0x040;
    private const ulong JobReady = 0x100;
    private const ulong JobFields = 0x108;
    private const ulong SleepOffset = 0x200;
    private const ulong SleepStride = 0x40;

    /// <summary>Marks a processor as running.</summary>
    public void SetOnline(int vcpu) => memory.TryWriteUInt32(Base + OnlineOffset + (4 * (ulong)vcpu), 1);

    /// <summary>True when a processor runs.</summary>
    public bool IsOnline(int vcpu) => memory.TryReadUInt32(Base + OnlineOffset + (4 * (ulong)vcpu), out var online) && online != 0;

    /// <summary>Hands a queue and two rings over.</summary>
    public void Post(in CopyJob job)
    {
        ReadOnlySpan<ulong> fields =
        [
            (ulong)job.Layout.Size, job.Layout.Descriptors, job.Layout.Available, job.Layout.Used,
            job.Doorbell.IsPort ? 1UL : 0, job.Doorbell.Address, job.Doorbell.Queue, job.EventIndex ? 1UL : 0, job.Full, job.Empty,
        ];
        memory.TryWrite(Base + JobFields, System.Runtime.InteropServices.MemoryMarshal.AsBytes(fields));
        memory.TryWriteUInt32(Base + JobReady, 1);
    }

    /// <summary>Takes what was handed over, once it is there.</summary>
    public bool TryTake(out CopyJob job)
    {
        job = default;
        if (!memory.TryReadUInt32(Base + JobReady, out var ready) || ready == 0)
            return false;
        Span<ulong> fields = stackalloc ulong[10];
        memory.TryRead(Base + JobFields, System.Runtime.InteropServices.MemoryMarshal.AsBytes(fields));
        job = new(
            new((int)fields[0], fields[1], fields[2], fields[3]),
            new(fields[4] != 0, fields[5], (ushort)fields[6]),
            fields[7] != 0,
            fields[8],
            fields[9]);
        return true;
    }

    /// <summary>
    /// Says that a processor is about to sleep, or is awake. What it waits for must be looked at again between this and sleeping.
    /// </summary>
    public void SetSleeping(int vcpu, bool sleeping)
    {
        memory.TryWriteUInt32(SleepAt(vcpu), sleeping ? 1u : 0);
        memory.Fence();
    }

    /// <summary>True when a processor that was given something has to be woken; asked after giving.</summary>
    public bool MustWake(int vcpu)
    {
        memory.Fence();
        return memory.TryReadUInt32(SleepAt(vcpu), out var sleeping) && sleeping != 0;
    }

    private static ulong SleepAt(int vcpu) => Base + SleepOffset + ((ulong)vcpu * SleepStride);
}

/// <summary>What the second processor gets: a transmit queue that nobody has used, and the rings to and from the first.</summary>
internal readonly record struct CopyJob(VirtqueueLayout Layout, QueueDoorbell Doorbell, bool EventIndex, ulong Full, ulong Empty);
