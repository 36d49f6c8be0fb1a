using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>Bus 0 of a machine: which function sits where, and which pin and interrupt it has. Whatever isn't there reads as all ones.</summary>
/// <typeparam name="T">What stands for a function: its core, or its actor.</typeparam>
internal sealed class PciBus<T>
    where T : class
{
    private const int Gsis = PlatformSpec.IoApicPins - PlatformSpec.FirstPciGsi;
    private const byte Pins = 4;
    private const uint MultiFunctionBit = 0x80;

    private readonly T?[]?[] _slots = new T?[]?[PciSpec.Slots];
    private int _nextGsi;

    /// <summary>Functions on the bus.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a function on the bus and gives it an INTx pin. GSIs are given out one a pin; when all 32 are taken they are shared round robin.</summary>
    /// <exception cref="PciSetupException">There is no such place, or it is taken.</exception>
    public PciInterrupt Add(Bdf at, T function)
    {
        if (at.Bus != 0 || at.Device >= PciSpec.Slots || at.Function >= PciSpec.Functions)
            throw new PciSetupException($"There is no PCI address {at}: the bus is 0, the slot 0-31 and the function 0-7.");
        var slot = _slots[at.Device] ??= new T?[PciSpec.Functions];
        if (slot[at.Function] is not null)
            throw new PciSetupException($"Two PCI devices want the address {at}; give one of them another slot.");
        var inSlot = 0;
        foreach (var other in slot)
        {
            if (other is not null)
                inSlot++;
        }

        slot[at.Function] = function;
        Count++;
        return new PciInterrupt((byte)(1 + (inSlot % Pins)), PlatformSpec.FirstPciGsi + (_nextGsi++ % Gsis));
    }

    /// <summary>The function at an address, or null.</summary>
    public T? Find(Bdf at) => at.Bus == 0 && at.Device < PciSpec.Slots && at.Function < PciSpec.Functions ? _slots[at.Device]?[at.Function] : null;

    /// <summary>Finds whom a configuration access is for; null: it reads as <see cref="DefaultRead"/>, or is dropped.</summary>
    /// <param name="address">A <see cref="PciConfigAddress"/>.</param>
    /// <param name="size">Bytes: 1, 2 or 4, naturally aligned, or nobody is found.</param>
    /// <param name="register">The register, 0-4095.</param>
    public T? Find(ulong address, int size, out int register)
    {
        register = PciConfigAddress.RegisterOf(address);
        return address <= 0xFFF_FFFF && PciFunction.IsConfigAccess(register, size) ? Find(PciConfigAddress.FunctionOf(address)) : null;
    }

    /// <summary>Puts the multi-function bit into what a function's header type read as: only the bus knows its neighbours.</summary>
    public uint WithMultiFunctionBit(ulong address, int size, uint value)
    {
        var register = PciConfigAddress.RegisterOf(address);
        if (register > PciSpec.HeaderType || register + size <= PciSpec.HeaderType)
            return value;
        var slot = _slots[PciConfigAddress.FunctionOf(address).Device];
        if (slot is null)
            return value;
        for (var i = 1; i < slot.Length; i++)
        {
            if (slot[i] is not null)
                return value | (MultiFunctionBit << ((PciSpec.HeaderType - register) * 8));
        }

        return value;
    }

    /// <summary>What configuration space without a function reads as.</summary>
    internal static uint DefaultRead(int size) => (uint)IoAccess.OnesOf(Math.Min(size, 4));
}
