using System.Collections.Immutable;
using System.Numerics;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>The core of a <see cref="OwnPciDevice"/>.</summary>
internal sealed class OwnPciCore : OwnDeviceCore
{
    private readonly OwnPciDevice _device;
    private readonly string _name;
    private readonly PciIdentity _identity;
    private readonly ImmutableArray<OwnBar> _bars;
    private readonly int _vectors;

    /// <summary>Makes it.</summary>
    /// <exception cref="PciSetupException">The device describes what PCI can't have.</exception>
    public OwnPciCore(OwnPciDevice device, string name)
        : base(device)
    {
        _device = device;
        _name = name;
        _identity = new PciIdentity(device.Vendor, device.Device, device.Revision, device.ClassCode, device.SubsystemVendor, device.Subsystem);
        _bars = [.. device.Bars];
        _vectors = device.MsixVectors;
        if (device.Vendor is 0 or 0xFFFF)
            throw new PciSetupException($"Device {name}: no guest finds a function whose vendor id is 0x{device.Vendor:x4}.");
    }

    /// <summary>The function, once connected.</summary>
    public OwnPciFunction Function { get; private set; } = null!;

    /// <summary>The guest's RAM.</summary>
    public IGuestMemory Memory { get; private set; } = null!;

    /// <inheritdoc/>
    public override int QueueCount => 0;

    /// <inheritdoc/>
    public override PciFunction Connect(in DeviceWiring wiring)
    {
        if (wiring.Memory is RemoteGuestMemory)
            throw new PciSetupException($"Device {_name} needs its guest's RAM on its own node: start the machine colocated.");
        Connect(wiring.Effects);
        Memory = wiring.Memory;
        Function = new OwnPciFunction(this, _identity, _bars, _vectors, wiring.Host, wiring.Interrupt, _name);
        return Function;
    }

    /// <summary>Whether guest RAM may be reached now.</summary>
    public bool MayReach(int bytes) => Function.IsBusMaster && bytes <= OwnPciDevice.MaxTransferBytes;

    /// <summary>The guest reads; ones when the device is out of use.</summary>
    public uint Read(int bar, uint offset, int size)
    {
        var value = uint.MaxValue;
        return Call(() => value = _device.CallRead(bar, offset, size), "Read") ? value : uint.MaxValue;
    }

    /// <summary>The guest writes; nothing happens when the device is out of use.</summary>
    public void Write(int bar, uint offset, int size, uint value) => Call(() => _device.CallWrite(bar, offset, size, value), "Write");

    /// <summary>The machine is reset.</summary>
    public void Reset() => ResetOwn();

    /// <inheritdoc/>
    protected override void Settle()
    {
    }

    /// <inheritdoc/>
    protected override void OnFailed() => Function.SetPin(false);
}

/// <summary>The PCI function of an <see cref="OwnPciDevice"/>.</summary>
internal sealed class OwnPciFunction : PciFunction
{
    private const uint MaxMemoryBar = 256U << 20;
    private const uint MaxIoBar = 4096;

    private readonly OwnPciCore _core;

    /// <summary>Makes it.</summary>
    /// <exception cref="PciSetupException">The device describes what PCI can't have.</exception>
    public OwnPciFunction(OwnPciCore core, in PciIdentity identity, ImmutableArray<OwnBar> bars, int vectors, IPciFunctionHost host, PciInterrupt interrupt, string name)
        : base(host, identity, interrupt)
    {
        _core = core;
        var taken = 0;
        foreach (var bar in bars)
        {
            var bits = (bar.Space == OwnBarSpace.Memory64 ? 3 : 1) << bar.Index;
            if (bar.Index is < 0 or >= PciSpec.Bars || bits >= 1 << PciSpec.Bars || (taken & bits) != 0)
                throw new PciSetupException($"Device {name}: BAR {bar.Index} isn't one of 0 to 5, or it is taken; a 64-bit one takes two.");
            if (!BitOperations.IsPow2(bar.Bytes) || (bar.Space == OwnBarSpace.Io ? bar.Bytes is < 4 or > MaxIoBar : bar.Bytes is < 16 or > MaxMemoryBar))
                throw new PciSetupException($"Device {name}: BAR {bar.Index} can't have {bar.Bytes} bytes: it is a power of two, 4 to 4096 ports or 16 bytes to 256 MiB of memory.");
            taken |= bits;
            DefineBar(bar.Index, bar.Space switch { OwnBarSpace.Io => PciBarKind.Io, OwnBarSpace.Memory32 => PciBarKind.Memory32, _ => PciBarKind.Memory64 }, bar.Bytes);
        }

        if (vectors == 0)
            return;
        var free = BitOperations.TrailingZeroCount(~taken);
        if (vectors is < 0 or > MsixTable.MaxVectors || free >= PciSpec.Bars)
            throw new PciSetupException($"Device {name}: MSI-X has 1 to {MsixTable.MaxVectors} vectors, not {vectors}, and needs a BAR that is free.");
        DefineMsix(free, vectors);
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        _core.Reset();
        base.Reset();
    }

    /// <summary>Drives the pin, as far as it may be driven.</summary>
    public void SetPin(bool isAsserted)
    {
        if (isAsserted)
            AssertIntx();
        else
            DeassertIntx();
    }

    /// <inheritdoc/>
    protected override uint ReadBar(int index, uint offset, int size) => _core.Read(index, offset, size);

    /// <inheritdoc/>
    protected override void WriteBar(int index, uint offset, int size, uint value) => _core.Write(index, offset, size, value);
}
