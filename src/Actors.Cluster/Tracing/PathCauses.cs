using System.Runtime.InteropServices;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Says of each step of the path which step led to it, and to which exit it goes back. Steps don't say so themselves: a doorbell's signal or an interrupt carries no number of an exit.
/// What they carry is enough where one thing happens at a time to a queue: the eventfd's cookie, device and queue, the vector. Where a device collects several signals of a queue in one turn, the turn goes
/// back to the last of them.
/// <para>Steps come in the order in which they were taken. What is kept is bounded, per VM and by <see cref="MaxVms"/>: steps beyond are said to come from nowhere.</para>
/// </summary>
internal sealed class PathCauses
{
    /// <summary>VMs that are followed.</summary>
    public const int MaxVms = 16 * 1024;

    private readonly Dictionary<int, VmCauses> _vms = [];

    /// <summary>Takes a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="number">Its number, from 1.</param>
    public PathOrigin Take(in PathStep step, int number)
    {
        if (!_vms.TryGetValue(step.Vm.Value, out var vm))
        {
            if (_vms.Count == MaxVms)
                return default;
            _vms.Add(step.Vm.Value, vm = new VmCauses());
        }

        return vm.Take(step, number);
    }
}

/// <summary>Where a step comes from.</summary>
/// <param name="Cause">Number of the step that led to it, or 0.</param>
/// <param name="Vcpu">vCPU of the exit that it goes back to.</param>
/// <param name="Exit">Sequence of that exit, or 0: of none, for example input that came from outside.</param>
internal readonly record struct PathOrigin(int Cause, int Vcpu, ulong Exit);

/// <summary>The same for one VM.</summary>
internal sealed class VmCauses
{
    /// <summary>Queues, doorbells, devices and vectors that are told apart, each.</summary>
    private const int MaxKeys = 1024;

    private readonly PathOrigin[] _exits = new PathOrigin[VmLimits.MaxVcpus];
    private readonly Dictionary<ulong, PathOrigin> _doorbells = [];
    private readonly Dictionary<(ushort Device, int Queue), PathOrigin> _queues = [];
    private readonly Dictionary<ushort, PathOrigin> _devices = [];
    private readonly Dictionary<long, PathOrigin> _interrupts = [];
    private PathOrigin _lastInterrupt;

    public PathOrigin Take(in PathStep step, int number)
    {
        var origin = From(step);
        var here = origin with { Cause = number };
        if (IsOfExit(step))
            _exits[step.Vcpu] = here;
        var device = step.Device.RequesterId;
        switch (step.Hop)
        {
            case PathHop.IoeventfdHandler or PathHop.AsyncioKick:
                Keep(_doorbells, (ulong)step.Detail, here);

                // Where steps don't say their device (the trace that people read), the queue alone must do. No doorbell's cookie is of device 0.
                Keep(_doorbells, (((ulong)step.Detail - 1) & ushort.MaxValue) + 1, here);
                break;
            case PathHop.IothreadHandler or PathHop.NotifyTx or PathHop.NotifyRx or PathHop.NotifyQueue:
                Keep(_queues, (device, (int)step.Detail), here);
                Keep(_devices, device, here);
                break;
            case PathHop.BackendWrite:
                Keep(_queues, (device, VirtioConsoleSpec.TransmitQueueOf(step.Port)), here);
                Keep(_devices, device, here);
                break;
            case PathHop.VirtioPciWrite or PathHop.VirtioPciRead or PathHop.BackendRead or PathHop.ControlTx or PathHop.ControlSend or PathHop.EndChains:
                Keep(_devices, device, here);
                break;
            case PathHop.DeviceInterrupt or PathHop.Irqfd or PathHop.InjectInterrupt:
                Keep(_interrupts, step.Detail, here);
                _lastInterrupt = here;
                break;
            default:
                break;
        }

        return origin;
    }

    private PathOrigin From(in PathStep step)
    {
        if (IsOfExit(step))
        {
            var last = _exits[step.Vcpu];
            return step.Hop != PathHop.VmExit && last.Exit == step.Sequence ? last : new PathOrigin(0, step.Vcpu, step.Sequence);
        }

        var device = step.Device.RequesterId;
        return step.Hop switch
        {
            PathHop.IoeventfdHandler => _doorbells.GetValueOrDefault((ulong)step.Detail),
            PathHop.IothreadHandler => _doorbells.GetValueOrDefault((((ulong)device << 16) | (uint)step.Detail) + 1),
            PathHop.IoRangeAdd => _devices.GetValueOrDefault((ushort)((step.Detail - 1) >> 16)),
            PathHop.NotifyTx or PathHop.NotifyRx or PathHop.NotifyQueue => _devices.GetValueOrDefault(device),
            PathHop.BackendWrite => OfQueue(device, VirtioConsoleSpec.TransmitQueueOf(step.Port)),
            PathHop.EndChains => OfQueue(device, (int)step.Detail),
            PathHop.ControlTx => OfQueue(device, VirtioConsoleSpec.ControlTransmit),
            PathHop.ControlSend or PathHop.DeviceInterrupt => _devices.GetValueOrDefault(device),
            PathHop.InjectInterrupt or PathHop.VcpuInterrupt => _interrupts.TryGetValue(step.Detail, out var raised) ? raised : _lastInterrupt,
            PathHop.Irqfd => _lastInterrupt,
            _ => default,
        };
    }

    private static bool IsOfExit(in PathStep step) => step.Sequence != 0 && (uint)step.Vcpu < VmLimits.MaxVcpus;

    private PathOrigin OfQueue(ushort device, int queue) => device != 0 && _queues.TryGetValue((device, queue), out var turn) ? turn : _devices.GetValueOrDefault(device);

    private static void Keep<TKey>(Dictionary<TKey, PathOrigin> known, TKey key, in PathOrigin here)
        where TKey : notnull
    {
        ref var kept = ref CollectionsMarshal.GetValueRefOrNullRef(known, key);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref kept))
            kept = here;
        else if (known.Count < MaxKeys)
            known.Add(key, here);
    }
}
