using Actors.Protocol;

namespace Actors.Guest;

/// <summary>A way to reach PCI configuration space.</summary>
public interface IPciConfigAccess
{
    /// <summary>Reads 1, 2 or 4 naturally aligned bytes. What isn't there reads as all ones.</summary>
    GuestTask<uint> Read(Bdf function, int register, int size);

    /// <summary>Writes 1, 2 or 4 naturally aligned bytes.</summary>
    GuestTask Write(Bdf function, int register, int size, uint value);
}
