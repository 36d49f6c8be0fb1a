using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Who serves which I/O ports of a VM. Every port has an answer: what nobody owns, a read of odd size, and an access that runs out of its range
/// reads as all ones and drops what is written.
/// </summary>
/// <typeparam name="T">The owner.</typeparam>
internal sealed class PortRangeTable<T>
    where T : class
{
    private const int Ports = 0x1_0000;

    private readonly RangeTable<T> _ranges = new();

    /// <summary>Registers a span of ports, all or nothing. False when it leaves the port space, overlaps, or is empty.</summary>
    public bool TryAdd(ulong first, ulong length, T owner) => IsInPortSpace(first, length) && _ranges.TryAdd(first, length, owner);

    /// <summary>Keeps a span free of owners: its accesses get the default.</summary>
    public bool TryReserve(ulong first, ulong length) => IsInPortSpace(first, length) && _ranges.TryAdd(first, length, owner: null);

    /// <summary>Unregisters exactly what this owner registered.</summary>
    public bool Remove(ulong first, ulong length, T owner) => _ranges.Remove(first, length, owner);

    /// <summary>Unregisters everything of an owner.</summary>
    public void RemoveAll(T owner) => _ranges.RemoveAll(owner);

    /// <summary>Finds whom an access is for; null: it gets <see cref="DefaultRead"/>, or is dropped.</summary>
    /// <param name="port">First port.</param>
    /// <param name="size">Bytes: 1, 2 or 4.</param>
    /// <param name="first">First port of the owner's range.</param>
    public T? Find(ulong port, int size, out ulong first)
    {
        first = 0;
        return size is 1 or 2 or 4 && IsInPortSpace(port, (ulong)size) ? _ranges.Find(port, size, out first) : null;
    }

    /// <summary>What a port that nobody owns reads as.</summary>
    internal static ulong DefaultRead(int size) => IoAccess.OnesOf(Math.Min(size, 4));

    private static bool IsInPortSpace(ulong first, ulong length) => first < Ports && length <= Ports - first;
}
