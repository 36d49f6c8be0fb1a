using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// What a guest's boot processor has once it is up: RAM, interrupts, the PCI bus and the consoles on it. Where a kernel would be.
/// </summary>
public sealed class GuestPlatform
{
    private const byte SystemReset = 0x06;

    private readonly List<(PciDevice Device, PciBar[] Bars)> _devices = [];
    private readonly List<VirtioConsoleDriver> _consoles = [];
    private readonly List<string> _problems = [];

    private GuestPlatform(GuestCpu cpu, DriverOptions options)
    {
        Cpu = cpu;
        Heap = new(cpu.MemoryBytes);
        Apic = new(cpu);
        IoApic = new(cpu);
        Interrupts = new(cpu, Apic);
        Pci = new(options.UseEcam ? new EcamConfigAccess(cpu) : new PortConfigAccess(cpu));
    }

    /// <summary>The processor.</summary>
    public GuestCpu Cpu { get; }

    /// <summary>RAM that nobody uses yet.</summary>
    public GuestHeap Heap { get; }

    /// <summary>The processor's local APIC.</summary>
    public LocalApic Apic { get; }

    /// <summary>Its id.</summary>
    public byte ApicId { get; private set; }

    /// <summary>Interrupt lines.</summary>
    public IoApic IoApic { get; }

    /// <summary>Interrupts that come to this processor.</summary>
    public InterruptDispatcher Interrupts { get; }

    /// <summary>The PCI bus.</summary>
    public PciBus Pci { get; }

    /// <summary>Functions found, and their BARs where the options say so.</summary>
    public IReadOnlyList<(PciDevice Device, PciBar[] Bars)> Devices => _devices;

    /// <summary>Consoles that came up.</summary>
    public IReadOnlyList<VirtioConsoleDriver> Consoles => _consoles;

    /// <summary>What didn't come up, a line each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Turns interrupts on, finds devices and brings every console up.</summary>
    public static async GuestTask<GuestPlatform> Boot(GuestCpu cpu, DriverOptions options)
    {
        var platform = new GuestPlatform(cpu, options);
        await platform.Apic.Enable();
        platform.ApicId = await platform.Apic.ReadId();
        var devices = await platform.Pci.Enumerate(0, options.FirstConsoleOnly ? VirtioConsoleDriver.Drives : null);
        foreach (var device in devices)
            platform._devices.Add((device, options.SizeBars ? await device.SizeBars() : []));
        foreach (var device in devices)
        {
            if (!VirtioConsoleDriver.Drives(device))
                continue;
            var driver = new VirtioConsoleDriver(cpu, platform.Heap, device, platform.Interrupts, platform.IoApic, platform.ApicId, options);
            if (await driver.Start(platform.Pci.Addresses) is { } problem)
            {
                platform._problems.Add($"{device.Function}: {problem}");
            }
            else
            {
                platform._consoles.Add(driver);
            }
        }

        return platform;
    }

    /// <summary>
    /// The port of this name, when every port that is announced is known; in a device without names, the port whose id it is. Null when there is none.
    /// </summary>
    public async GuestTask<GuestConsolePort?> FindPort(string name)
    {
        foreach (var console in _consoles)
        {
            if (await console.WaitForPort(name) is { } port)
                return port;
        }

        foreach (var console in _consoles)
        {
            foreach (var port in console.Ports)
            {
                if (port.IsPresent && port.Name.Length == 0 && name == port.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    return port;
            }
        }

        return null;
    }

    /// <summary>The first console port, else the first port of all, when every port that is announced is known. Null when there is none.</summary>
    public async GuestTask<GuestConsolePort?> FindConsole()
    {
        GuestConsolePort? first = null;
        foreach (var console in _consoles)
        {
            if (await console.WaitForConsole() is { } port)
                return port;
            first ??= console.FirstPresent();
        }

        return first;
    }

    /// <summary>Says what is wrong in the one way that always works, or else on the first console; then powers off.</summary>
    public async GuestTask Fail(string message)
    {
        var said = false;
        foreach (var console in _consoles)
            said |= await console.EmergencyWrite(message + "\r\n");
        if (!said && await FindConsole() is { IsConsole: true } port && await port.Write(System.Text.Encoding.UTF8.GetBytes(message + "\r\n")))
            await port.Flush();
        await PowerOff();
    }

    /// <summary>Powers the machine off. Doesn't come back.</summary>
    public async GuestTask PowerOff()
    {
        await Cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
        await Halt();
    }

    /// <summary>Resets the machine. Doesn't come back.</summary>
    public async GuestTask Reset()
    {
        await Cpu.Out(PlatformSpec.ResetControlPort, 1, SystemReset);
        await Halt();
    }

    /// <summary>Sleeps for ever.</summary>
    public async GuestTask Halt()
    {
        while (true)
            await Interrupts.Wait();
    }
}
