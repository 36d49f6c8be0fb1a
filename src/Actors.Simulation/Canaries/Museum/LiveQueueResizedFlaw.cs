using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The size of a live queue may be written: the ring that was checked for one size is used with another.</summary>
internal sealed class LiveQueueResizedFlaw() : MuseumFlaw("live-queue-resized", "museum-firecracker-cve-2026-5747", "I18", "I12", "I9")
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : DeviceModelParts
    {
        private readonly Dictionary<int, int> _sizes = [];

        public override bool ChangesLiveQueue(VmId vm, int queue, uint offset, uint value)
        {
            if (offset != VirtioPciSpec.QueueSize)
                return false;
            if (value is > 0 and <= VirtioConsoleSpec.QueueSize)
                _sizes[queue] = (int)value;
            return true;
        }

        public override IGuestMemory MemoryOf(VmId vm, int queue, IGuestMemory memory, in VirtqueueState ring, bool isRestored)
        {
            _sizes[queue] = ring.Size;
            return new View(this, memory, ring, queue);
        }

        public int SizeOf(int queue) => _sizes[queue];
    }

    private sealed class View(Parts parts, IGuestMemory inner, in VirtqueueState ring, int queue) : FlawedRingMemory(inner, ring)
    {
        private long _used = ring.UsedIndex;

        public override bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        {
            var first = Ring.UsedRing + VirtioSpec.UsedRing;
            if (source.Length == VirtioSpec.UsedElementSize && address >= first && address < first + ((ulong)Ring.Size * VirtioSpec.UsedElementSize))
                address = first + ((ulong)(_used++ % parts.SizeOf(queue)) * VirtioSpec.UsedElementSize);
            return base.TryWrite(address, source);
        }
    }
}
