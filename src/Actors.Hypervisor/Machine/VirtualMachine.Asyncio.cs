using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Hypervisor;

/// <content>Doorbells that stop nobody.</content>
internal sealed partial class VirtualMachine
{
    /// <summary>ASYNCIO_ASSIGN, ASYNCIO_DEASSIGN.</summary>
    public void SetAsyncio(uint epoch, long id, bool assign, in AsyncioDescriptor descriptor)
    {
        if (!IsCurrent(epoch))
            return;

        if (_life.State == VmState.PoweredOff)
        {
            _host.AnswerAsyncio(id, Errno.NotPermitted);
            return;
        }

        _asyncioResults ??= new RecentResults();
        if (!_asyncioResults.TryGet(id, out var result))
        {
            result = assign ? _asyncio.Assign(descriptor) : _asyncio.Deassign(descriptor);
            _asyncioResults.Add(id, result);
        }

        _host.AnswerAsyncio(id, result);
    }

    /// <summary>The HSM drained the ring up to a position: parked vCPUs go on, the one that waits longest first.</summary>
    public void AsyncioDrained(uint epoch, ulong position)
    {
        if (!IsCurrent(epoch) || !_ring.Drained(position))
            return;

        while (_parked > 0 && !_ring.IsFull && _life.IsRunning)
        {
            var index = LongestParked();
            ref var vcpu = ref _vcpus[index];
            _parked--;
            TryKick(new IoRequest(index, vcpu.Sequence, vcpu.Access), vcpu.Cookie);
            Answer(index, ref vcpu, 0, IoOutcome.Completed, vcpu.Access);
        }
    }

    /// <summary>
    /// The HSM was restarted and asks what is pending. Its new incarnation asserts its asyncio entries anew: those of the old one go, since a doorbell whose removal
    /// was lost with it would swallow writes for ever. What is in the ring stays until it is drained.
    /// </summary>
    public void PageLost(int incarnation)
    {
        if (incarnation > _hsmIncarnation)
        {
            _hsmIncarnation = incarnation;
            _asyncio.Clear();
            _asyncioResults = null;
        }

        ImmutableArray<IoRequest> pending = default;
        if (_slots.Pending > 0)
        {
            var first = _slots.AllPending(out var others);
            pending = others.IsDefault ? [first] : others.Insert(0, first);
        }

        _host.AnswerPageLost(incarnation, _pciConfig.Address, pending);
    }

    /// <summary>
    /// Another HSM serves the VM from now on: commands and asyncio entries of the one before are forgotten, what it left unanswered is raised again. Gives the
    /// incarnation that the new one begins with, above all that earlier ones can have come to.
    /// </summary>
    /// <param name="begunWith">What the one before began with.</param>
    public int ServiceMoved(int begunWith)
    {
        _hasCommand = false;
        _asyncio.Clear();
        _asyncioResults = null;
        _hsmIncarnation = ((Math.Max(_hsmIncarnation, begunWith) / RestartsOfService) + 1) * RestartsOfService;
        return _hsmIncarnation;
    }

    private int LongestParked()
    {
        var longest = -1;
        for (var i = 0; i < _vcpus.Length; i++)
        {
            if (_vcpus[i].Wait == VcpuWait.AsyncioRoom && (longest < 0 || _vcpus[i].ParkedAt < _vcpus[longest].ParkedAt))
                longest = i;
        }

        return longest;
    }

    private bool TryKick(in IoRequest request, ulong cookie)
    {
        if (!_ring.TryPut(cookie, out var position))
            return false;

        Outstanding();
        _trace?.Record(new PathStep(PathHop.AsyncioKick, _vm, request.Vcpu, request.Sequence, request.Access, (long)cookie));
        _host.Kick(position, cookie, _ring.Oldest);
        return true;
    }
}
