using System.Diagnostics.CodeAnalysis;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A kick goes on to the ring without a look whether there is one.</summary>
internal sealed class KickBeforeRingFlaw() : MuseumFlaw("kick-before-ring", "museum-acrn-5355", "I13", "I17", "L6")
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : DeviceModelParts
    {
        /// <summary>The ring's addresses are 0: in a process of its own that is where it ends.</summary>
        [SuppressMessage("Usage", "CA2201", Justification = "It is what happens.")]
        public override void KickedEarly(VmId vm, int queue, IGuestMemory memory)
        {
            memory.TryReadUInt16(VirtioSpec.AvailIndex, out _);
            throw new NullReferenceException($"queue {queue} has no ring");
        }
    }
}
