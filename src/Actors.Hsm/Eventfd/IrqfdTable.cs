using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>The irqfd table of one VM (acrn-io-path 2.6): a cookie names a fixed MSI. Sorted by cookie.</summary>
internal sealed class IrqfdTable
{
    private const int FirstCapacity = 4;

    private Row[] _rows = [];
    private int _count;

    private struct Row
    {
        public ulong Cookie;
        public ulong MsiAddress;
        public ulong MsiData;
        public long RegistrationId;
    }

    public int Count => _count;

    /// <summary>ioctl IRQFD: Busy when the cookie is there, unless this very message was carried out before.</summary>
    public Errno Assign(long id, ulong cookie, ulong msiAddress, ulong msiData)
    {
        // The top bit tells an irqfd's interrupts from a device's own.
        if (cookie is 0 or >= InterruptHop.IrqfdSource)
            return Errno.BadDescriptor;

        int at = LowerBound(cookie);
        if (at < _count && _rows[at].Cookie == cookie)
        {
            ref Row there = ref _rows[at];
            return there.RegistrationId == id && there.MsiAddress == msiAddress && there.MsiData == msiData ? Errno.Ok : Errno.Busy;
        }

        if (_count == VmLimits.MaxIrqfds)
            return Errno.NoSpace;
        if (_count == _rows.Length)
            Array.Resize(ref _rows, _count == 0 ? FirstCapacity : Math.Min(_count * 2, VmLimits.MaxIrqfds));
        Array.Copy(_rows, at, _rows, at + 1, _count - at);
        _rows[at] = new Row { Cookie = cookie, MsiAddress = msiAddress, MsiData = msiData, RegistrationId = id };
        _count++;
        return Errno.Ok;
    }

    /// <summary>Removes a cookie. Says whether it was there.</summary>
    public bool Deassign(ulong cookie)
    {
        int at = LowerBound(cookie);
        if (at == _count || _rows[at].Cookie != cookie)
            return false;

        _count--;
        Array.Copy(_rows, at + 1, _rows, at, _count - at);
        return true;
    }

    /// <summary>The MSI of a cookie.</summary>
    public bool TryFind(ulong cookie, out ulong msiAddress, out uint msiData)
    {
        int at = LowerBound(cookie);
        if (at < _count && _rows[at].Cookie == cookie)
        {
            msiAddress = _rows[at].MsiAddress;
            msiData = (uint)_rows[at].MsiData;
            return true;
        }

        msiAddress = 0;
        msiData = 0;
        return false;
    }

    /// <summary>VM destroy.</summary>
    public void Clear()
    {
        _rows = [];
        _count = 0;
    }

    private int LowerBound(ulong cookie)
    {
        int low = 0;
        int high = _count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_rows[middle].Cookie < cookie)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
