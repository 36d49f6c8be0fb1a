using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A device that comes back waits for a kick, though the ring says that none will come.</summary>
internal sealed class RestoredQueueFlaw() : MuseumFlaw("restored-queue-not-looked-at", "museum-firecracker-5969", "L3", "I14", "I1", "L4")
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    /// <inheritdoc/>
    public override ILinkInterceptor Links(World world, ILinkInterceptor links) => new Watch(this, links);

    /// <summary>A guest's write to a doorbell reaches the hypervisor: from then on the queue is looked at.</summary>
    private sealed class Watch(RestoredQueueFlaw flaw, ILinkInterceptor inner) : ILinkInterceptor
    {
        public void Send(LinkSite site, Akka.Actor.IActorRef to, object message, Akka.Actor.IActorRef from)
        {
            if (message is GuestHop.IoExit { Request.Access: { Direction: IoDirection.Write, Size: 2 } access } && IsDoorbell(access.Address))
                flaw._parts.Kicked((int)access.Value);
            inner.Send(site, to, message, from);
        }

        private static bool IsDoorbell(ulong address) => address >= PlatformSpec.PciHole64Start
            && address % VirtioPciSpec.ModernBarSize >= VirtioPciSpec.NotifyOffset;
    }

    private sealed class Parts : DeviceModelParts
    {
        private readonly Dictionary<int, View> _blind = [];

        public void Kicked(int queue) => _blind.Remove(queue);

        public override IGuestMemory MemoryOf(VmId vm, int queue, IGuestMemory memory, in VirtqueueState ring, bool isRestored)
        {
            if (!isRestored || queue != VirtioConsoleSpec.Port0Transmit)
                return memory;
            var blind = new View(this, memory, ring, queue);
            _blind[queue] = blind;
            return blind;
        }

        public bool IsBlind(int queue, View memory) => _blind.TryGetValue(queue, out var blind) && ReferenceEquals(blind, memory);
    }

    private sealed class View(Parts parts, IGuestMemory inner, in VirtqueueState ring, int queue) : FlawedRingMemory(inner, ring)
    {
        protected override ushort AvailableIndex(ushort value) => parts.IsBlind(queue, this) ? Ring.LastAvailable : value;
    }
}
