using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Decisions of a device that a simulated world may have taken wrongly, to see that its oracles notice (<see cref="RoomVariants"/>). Production takes them as
/// this class says. None is on a path that a kick takes.
/// </summary>
internal class DeviceModelParts
{
    /// <summary>The right decisions.</summary>
    public static DeviceModelParts Standard { get; } = new();

    /// <summary>Makes a queue.</summary>
    public virtual Virtqueue MakeQueue(int index) => new(index);

    /// <summary>Guest RAM as a queue sees it, when its driver sets it up and when a restarted device goes on with it.</summary>
    /// <param name="vm">Whose.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="memory">RAM as the device sees it.</param>
    /// <param name="ring">Where the queue's rings are, and how far it is.</param>
    /// <param name="isRestored">True for a device that was restarted.</param>
    public virtual IGuestMemory MemoryOf(VmId vm, int queue, IGuestMemory memory, in VirtqueueState ring, bool isRestored) => memory;

    /// <summary>A register of an enabled queue is written. False: it is fixed until a reset (invariant I18).</summary>
    public virtual bool ChangesLiveQueue(VmId vm, int queue, uint offset, uint value) => false;

    /// <summary>A queue is kicked that its driver has not set up. Nothing is to be done (clause 2.7.10.2).</summary>
    public virtual void KickedEarly(VmId vm, int queue, IGuestMemory memory)
    {
    }
}
