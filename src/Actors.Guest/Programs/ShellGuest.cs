using System.Globalization;
using System.Text;

namespace Actors.Guest;

/// <summary>A small interactive guest on the first console port.</summary>
internal sealed class ShellGuest(DriverOptions options) : BootGuest(options with { SizeBars = true })
{
    private const string Prompt = "guest> ";

    private static readonly string[] Commands =
    [
        "help           this list",
        "regs           this processor, its clock and its memory",
        "devices        what is on the PCI bus",
        "ports          console ports",
        "echo TEXT      says TEXT",
        "reboot         resets the machine",
        "poweroff       powers it off",
    ];

    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (await platform.FindConsole() is not { } port)
            return;
        do
        {
            if (!await Serve(platform, port))
                return;
        }
        while (await port.WaitForReconnection());
    }

    /// <summary>One session. False when it ended the machine, true when the host hung up.</summary>
    private static async GuestTask<bool> Serve(GuestPlatform platform, GuestConsolePort port)
    {
        await Say(port, "Actors guest shell. Type help.\r\n" + Prompt);
        var editor = new LineEditor();
        var input = new byte[256];
        var echo = new List<byte>();
        while (true)
        {
            var count = await port.Read(input);
            if (count == 0)
                break;
            for (var i = 0; i < count; i++)
            {
                if (editor.Feed(input[i], echo) is not { } line)
                    continue;
                await Show(port, echo);
                if (!await Execute(platform, port, line.Trim()))
                    return false;
                await Say(port, Prompt);
            }

            await Show(port, echo);
        }

        await port.Flush();
        return true;
    }

    /// <summary>Carries a line out. False when it was the last one.</summary>
    private static async GuestTask<bool> Execute(GuestPlatform platform, GuestConsolePort port, string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var (command, rest) = space < 0 ? (line, "") : (line[..space], line[space..].Trim());
        switch (command)
        {
            case "":
                return true;
            case "help":
                await Say(port, string.Concat(Commands.Select(text => text + "\r\n")));
                return true;
            case "regs":
                await Say(port, await Registers(platform));
                return true;
            case "devices":
                await Say(port, Devices(platform));
                return true;
            case "ports":
                await Say(port, Ports(platform));
                return true;
            case "echo":
                await Say(port, rest + "\r\n");
                return true;
            case "reboot":
                await Say(port, "Resetting.\r\n");
                await port.Flush();
                await platform.Reset();
                return false;
            case "poweroff":
                await Say(port, "Powering off.\r\n");
                await port.Flush();
                return false;
            default:
                await Say(port, $"{command}: unknown command, try help\r\n");
                return true;
        }
    }

    private static async GuestTask<string> Registers(GuestPlatform platform)
    {
        var cpu = platform.Cpu;
        var time = await new RealTimeClock(cpu).ReadTime() ?? "not set";
        var apicId = await platform.Apic.ReadId();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"vcpu    {cpu.Index} of {cpu.VcpuCount}\r\napic    {apicId}\r\nclock   {time} UTC\r\nmemory  {cpu.MemoryBytes >> 20} MiB\r\n");
    }

    private static string Devices(GuestPlatform platform)
    {
        var text = new StringBuilder();
        foreach (var (device, bars) in platform.Devices)
        {
            text.Append(CultureInfo.InvariantCulture, $"{device.Function}  {device.VendorId:x4}:{device.DeviceId:x4}  class {device.ClassCode:x6}\r\n");
            foreach (var bar in bars)
            {
                if (bar.Kind != PciBarKind.None)
                    text.Append(CultureInfo.InvariantCulture, $"    bar {bar.Index}  {NameOf(bar.Kind)}  0x{bar.Address:x}  size 0x{bar.Size:x}\r\n");
            }
        }

        return text.Length == 0 ? "none\r\n" : text.ToString();
    }

    private static string NameOf(PciBarKind kind) => kind switch { PciBarKind.Io => "ports ", PciBarKind.Memory32 => "mem32 ", _ => "mem64 " };

    private static string Ports(GuestPlatform platform)
    {
        var text = new StringBuilder();
        foreach (var console in platform.Consoles)
        {
            foreach (var port in console.Ports)
            {
                if (!port.IsPresent)
                    continue;
                text.Append(CultureInfo.InvariantCulture, $"{console.Device.Function} port {port.Id}  {(port.Name.Length == 0 ? "(no name)" : port.Name)}");
                text.Append(port.IsConsole ? "  console" : "").Append(port.HostConnected ? "  open\r\n" : "  closed\r\n");
            }
        }

        return text.Length == 0 ? "none\r\n" : text.ToString();
    }

    private static async GuestTask Say(GuestConsolePort port, string text) => await port.Write(Encoding.UTF8.GetBytes(text));

    private static async GuestTask Show(GuestConsolePort port, List<byte> echo)
    {
        if (echo.Count == 0)
            return;
        var bytes = echo.ToArray();
        echo.Clear();
        await port.Write(bytes);
    }
}
