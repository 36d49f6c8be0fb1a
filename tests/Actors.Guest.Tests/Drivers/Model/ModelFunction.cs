using System.Buffers.Binary;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>A PCI function: configuration space with sized BARs; what lies behind them, a heir says.</summary>
internal class ModelFunction
{
    private readonly byte[] _config = new byte[PciSpec.ConfigSize];
    private readonly ulong[] _barSizes = new ulong[PciSpec.Bars];
    private readonly bool[] _wide = new bool[PciSpec.Bars];

    public ModelFunction(Bdf function, ushort vendor, ushort device, uint classCode = 0x078000)
    {
        Function = function;
        Set16(PciSpec.VendorId, vendor);
        Set16(PciSpec.DeviceId, device);
        Set32(PciSpec.Revision, (classCode << 8) | 1);
        Set16(PciSpec.Command, PciSpec.CommandIo | PciSpec.CommandMemory);
    }

    public Bdf Function { get; }

    public byte[] Config => _config;

    /// <summary>Decode bits at each change of the command register, in order.</summary>
    public List<ushort> Commands { get; } = [];

    /// <summary>BAR registers written while they were decoded.</summary>
    public int BarWritesWhileDecoding { get; private set; }

    public ushort Command => BinaryPrimitives.ReadUInt16LittleEndian(_config.AsSpan(PciSpec.Command));

    public void Set16(int register, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(_config.AsSpan(register), value);

    public void Set32(int register, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_config.AsSpan(register), value);

    public uint Get32(int register) => BinaryPrimitives.ReadUInt32LittleEndian(_config.AsSpan(register));

    public void AddBar(int index, ulong size, ulong address, uint type)
    {
        _barSizes[index] = size;
        Set32(PciSpec.Bar0 + (4 * index), (uint)address | type);
        if ((type & 6) == PciSpec.BarMemory64 && (type & 1) == 0)
        {
            _wide[index] = true;
            Set32(PciSpec.Bar0 + (4 * index) + 4, (uint)(address >> 32));
        }
    }

    public uint ReadConfig(int register, int size)
    {
        uint value = 0;
        for (var i = size - 1; i >= 0; i--)
            value = (value << 8) | _config[register + i];
        return value;
    }

    public void WriteConfig(int register, int size, uint value)
    {
        if (register is >= PciSpec.Bar0 and < PciSpec.Bar0 + 24 && size == 4)
        {
            WriteBar((register - PciSpec.Bar0) / 4, value);
        }
        else if (register == PciSpec.Command)
        {
            Set16(PciSpec.Command, (ushort)(value & PciSpec.CommandWritable));
            Commands.Add(Command);
        }
        else
        {
            ConfigWritten(register, size, value);
        }
    }

    public bool TryHit(bool port, ulong address, out int bar, out int offset)
    {
        for (bar = 0; bar < PciSpec.Bars; bar++)
        {
            var low = Get32(PciSpec.Bar0 + (4 * bar));
            var isPort = (low & 1) != 0;
            if (_barSizes[bar] == 0 || isPort != port || (Command & (port ? PciSpec.CommandIo : PciSpec.CommandMemory)) == 0)
                continue;
            var start = isPort ? low & ~3u : (low & ~0xFUL) | (_wide[bar] ? (ulong)Get32(PciSpec.Bar0 + (4 * bar) + 4) << 32 : 0);
            if (address >= start && address < start + _barSizes[bar])
            {
                offset = (int)(address - start);
                return true;
            }
        }

        offset = 0;
        return false;
    }

    public virtual ulong Read(int bar, int offset, int size) => IoAccess.OnesOf(size);

    public virtual void Write(int bar, int offset, int size, ulong value)
    {
    }

    /// <summary>Work that the device does by itself. True when it did some.</summary>
    public virtual bool Pump() => false;

    protected virtual void ConfigWritten(int register, int size, uint value)
    {
    }

    private void WriteBar(int index, uint value)
    {
        if ((Command & (PciSpec.CommandIo | PciSpec.CommandMemory)) != 0)
            BarWritesWhileDecoding++;
        var register = PciSpec.Bar0 + (4 * index);
        if (index > 0 && _wide[index - 1])
        {
            Set32(register, value & (uint)(~(_barSizes[index - 1] - 1) >> 32));
            return;
        }

        if (_barSizes[index] == 0)
            return;
        var old = Get32(register);
        var type = (old & 1) != 0 ? 3u : 0xFu;
        var mask = (uint)~(_barSizes[index] - 1) & ~type;
        Set32(register, ((value & mask) | (old & type)) & ((old & 1) != 0 ? 0xFFFFu : uint.MaxValue));
    }
}
