using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The available index is an int and compared by size: after 65,535 no chain is ever new.</summary>
internal sealed class IndexAsIntFlaw() : MuseumFlaw("ring-index-as-int", "museum-index-wrap", "L3", "I1", "L4")
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : DeviceModelParts
    {
        public override IGuestMemory MemoryOf(VmId vm, int queue, IGuestMemory memory, in VirtqueueState ring, bool isRestored) => new View(memory, ring);
    }

    private sealed class View(IGuestMemory inner, in VirtqueueState ring) : FlawedRingMemory(inner, ring)
    {
        private int _last;

        protected override ushort AvailableIndex(ushort value)
        {
            _last = Math.Max(_last, value);
            return (ushort)_last;
        }
    }
}
