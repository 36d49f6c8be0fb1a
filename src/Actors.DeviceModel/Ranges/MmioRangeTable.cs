using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Who serves which guest-physical addresses of a VM. Every address has an answer: what nobody owns and an access that runs out of its range reads as all ones and
/// drops what is written. What must never become a BAR (RAM, interrupt controllers) is reserved.
/// </summary>
/// <typeparam name="T">The owner.</typeparam>
internal sealed class MmioRangeTable<T>
    where T : class
{
    private readonly RangeTable<T> _ranges = new();

    /// <summary>Registers a range, all or nothing. False when it wraps, overlaps, or is empty.</summary>
    public bool TryAdd(ulong first, ulong length, T owner) => _ranges.TryAdd(first, length, owner);

    /// <summary>Keeps a range free of owners: its accesses get the default.</summary>
    public bool TryReserve(ulong first, ulong length) => _ranges.TryAdd(first, length, owner: null);

    /// <summary>Unregisters exactly what this owner registered.</summary>
    public bool Remove(ulong first, ulong length, T owner) => _ranges.Remove(first, length, owner);

    /// <summary>Unregisters everything of an owner.</summary>
    public void RemoveAll(T owner) => _ranges.RemoveAll(owner);

    /// <summary>Finds whom an access is for; null: it gets <see cref="DefaultRead"/>, or is dropped.</summary>
    /// <param name="address">First address.</param>
    /// <param name="size">Bytes: 1, 2, 4 or 8.</param>
    /// <param name="first">First address of the owner's range.</param>
    public T? Find(ulong address, int size, out ulong first)
    {
        first = 0;
        return size is 1 or 2 or 4 or 8 ? _ranges.Find(address, size, out first) : null;
    }

    /// <summary>What memory that nobody owns reads as.</summary>
    internal static ulong DefaultRead(int size) => IoAccess.OnesOf(size);
}
