using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// MSI-X of a function as its driver set it up (PCI 3.0, 6.8.2): what was written to the capability, the table and the vectors of queues. The capability's place is learned
/// from what the driver read of the list; until it is known, MSI-X counts as unknown.
/// </summary>
internal sealed class MsixView
{
    private const int MaxVectors = 64;
    private const int MaxQueues = 40;

    private readonly byte[] _config = new byte[PciSpec.ConfigSize];
    private readonly uint[] _data = new uint[MaxVectors];
    private readonly bool[] _open = new bool[MaxVectors];
    private readonly int[] _queueVector = new int[MaxQueues];
    private ushort _control;
    private int _configVector = -1;

    public MsixView() => ForgetVectors();

    /// <summary>Whether MSI-X is on.</summary>
    public bool IsEnabled => (_control & PciSpec.MsixEnable) != 0;

    /// <summary>Whether the command register forbids the pin.</summary>
    public bool IsPinDisabled => ((_config[PciSpec.Command + 1] << 8) & PciSpec.CommandIntxDisable) != 0;

    /// <summary>Whether a queue's messages may leave: it has a vector, and nothing masks it.</summary>
    public bool IsOpen(int queue) => VectorOf(queue) is >= 0 and < MaxVectors and var vector && _open[vector] && (_control & PciSpec.MsixFunctionMask) == 0;

    /// <summary>Whether a mask holds a queue's messages back: they are pending, and leave when it is gone.</summary>
    public bool IsHeld(int queue) => IsEnabled && VectorOf(queue) is >= 0 and < MaxVectors && !IsOpen(queue);

    /// <summary>Vector of a queue; -1: none.</summary>
    public int VectorOf(int queue) => queue < MaxQueues ? _queueVector[queue] : -1;

    /// <summary>Whether a message is of a queue's vector.</summary>
    public bool IsOf(int queue, uint data) => VectorOf(queue) is >= 0 and < MaxVectors and var vector && _data[vector] == data;

    /// <summary>Whether a message can only be about the configuration.</summary>
    public bool IsOfConfiguration(uint data)
    {
        if (_configVector is < 0 or >= MaxVectors || _data[_configVector] != data)
            return false;
        foreach (var vector in _queueVector)
        {
            if (vector is >= 0 and < MaxVectors && _data[vector] == data)
                return false;
        }

        return true;
    }

    /// <summary>The device is reset: vectors are none again.</summary>
    public void ForgetVectors()
    {
        Array.Fill(_queueVector, -1);
        _configVector = -1;
    }

    /// <summary>The machine is reset: all is as at power on.</summary>
    public void Reset()
    {
        ForgetVectors();
        Array.Clear(_open);
        _control = 0;
    }

    /// <summary>An access of the table.</summary>
    public void TakeTable(DeviceHop.Access access)
    {
        var entry = (int)access.Offset / PciSpec.MsixEntrySize;
        if (!access.Io.IsWrite || access.Bar != VirtioPciSpec.MsixBar || entry >= MaxVectors || access.Io.Size != 4)
            return;
        switch (access.Offset % PciSpec.MsixEntrySize)
        {
            case 8:
                _data[entry] = (uint)access.Io.Value;
                break;
            case 12:
                _open[entry] = (access.Io.Value & PciSpec.MsixEntryMasked) == 0;
                break;
        }
    }

    /// <summary>A register access that is done.</summary>
    public void Take(in RegisterAccess access, int selected)
    {
        switch (access.Window)
        {
            case RegisterWindowKind.Pci:
                TakeConfig(access);
                break;
            case RegisterWindowKind.Common when access.Offset == VirtioPciSpec.QueueMsixVector:
            case RegisterWindowKind.Other when access is { Offset: VirtioPciSpec.LegacyQueueVector, Size: 2 } && IsEnabled:
                if (selected < MaxQueues)
                    _queueVector[selected] = Vector(access.Value);
                break;
            case RegisterWindowKind.Common when access.Offset == VirtioPciSpec.ConfigMsixVector:
            case RegisterWindowKind.Other when access is { Offset: VirtioPciSpec.LegacyConfigVector, Size: 2 } && IsEnabled:
                _configVector = Vector(access.Value);
                break;
        }
    }

    private static int Vector(ulong value) => value == VirtioPciSpec.NoVector ? -1 : (int)value;

    private void TakeConfig(in RegisterAccess access)
    {
        if (access.Offset + (uint)access.Size > PciSpec.ConfigSize)
            return;
        var capability = Find();
        for (var i = 0; i < access.Size; i++)
        {
            var offset = (int)access.Offset + i;
            var value = (byte)(access.Value >> (8 * i));
            var isCommand = offset is PciSpec.Command or PciSpec.Command + 1;
            if (!access.IsWrite || isCommand)
                _config[offset] = value;
            if (capability != 0 && offset == capability + PciSpec.MsixControl + 1)
                _control = (ushort)(value << 8);
        }
    }

    private int Find()
    {
        int at = _config[PciSpec.CapabilityPointer];
        for (var i = 0; i < 48 && at is >= 0x40 and < PciSpec.ConfigSize - 1; i++)
        {
            if (_config[at] == PciSpec.CapabilityMsix)
                return at;
            at = _config[at + 1];
        }

        return 0;
    }
}
