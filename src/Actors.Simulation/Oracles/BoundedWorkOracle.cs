using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>I23: a kick costs work that the queues' sizes bound, whatever stands in them.</summary>
internal sealed class BoundedWorkOracle : VirtioOracle
{
    private long _step = -1;
    private VirtioDeviceView? _device;
    private int _accesses;
    private int _bound;

    /// <inheritdoc/>
    public override string Id => "I23";

    /// <inheritdoc/>
    public override string Statement => "In one step a device accesses RAM at most 4 s s + 16 s times for each of its queues of s entries, whatever the guest put there.";

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (moment.Step != _step || access.Device != _device)
        {
            _step = moment.Step;
            _device = access.Device;
            _accesses = 0;
            _bound = int.MaxValue;
        }

        // The bound is looked for once it could be near.
        if (++_accesses < VirtioConsoleSpec.QueueSize)
            return;
        if (_bound == int.MaxValue)
            _bound = BoundOf(access.Device);
        if (_accesses > _bound)
            Violate(moment, $"vm {access.Access.Vm.Value}: {_accesses} accesses of RAM in step {moment.Step}, its queues allow {_bound}");
    }

    private static int BoundOf(VirtioDeviceView? device)
    {
        var bound = 0L;
        if (device is not null)
        {
            foreach (var queue in device.Queues)
            {
                if (queue is { IsLive: true })
                    bound += (4L * queue.Size * queue.Size) + (16L * queue.Size);
            }
        }

        return (int)Math.Min(Math.Max(bound, VirtioConsoleSpec.QueueSize), int.MaxValue - 1);
    }
}
