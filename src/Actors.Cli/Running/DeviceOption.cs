using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>A device in its slot: acrn-dm's <c>-s slot,virtio-console,port{,port}</c>. Transport and doorbells are the machine's and filled in later.</summary>
internal static class DeviceOption
{
    private const string Console = "virtio-console";
    private static readonly string[] Devices = [Console];

    public static Parsed<ConsoleDeviceSpec> Parse(string text)
    {
        var parts = text.Split(',');
        if (!SlotAddress.Parse(parts[0]).TryGet(out var function, out var mistake))
            return mistake;
        if (parts.Length < 2 || parts[1].Length == 0)
            return new Mistake($"-s {text} names no device, write -s {parts[0]},{Console},@stdio:console");
        if (parts[1] != Console)
            return new Mistake($"-s {text} has no device '{parts[1]}', the devices are {Console}{Spelling.Hint(parts[1], Devices)}");
        if (parts.Length < 3)
            return new Mistake($"-s {text} has no port, write -s {parts[0]},{Console},@stdio:console");
        if (parts.Length - 2 > VirtioConsoleSpec.MaxPorts)
            return new Mistake($"slot {parts[0]} has {parts.Length - 2} ports, a console has at most {VirtioConsoleSpec.MaxPorts}");

        var ports = ImmutableArray.CreateBuilder<ConsolePortSpec>();
        foreach (var part in parts[2..])
        {
            if (part.Length == 0)
                return new Mistake($"-s {text} has an empty port, write a port such as @stdio:console after the comma, or no comma");
            if (!PortOption.Parse(part).TryGet(out var port, out mistake))
                return mistake;
            if (ports.Any(other => other.Name == port.Name))
                return new Mistake($"slot {parts[0]} has two ports named '{port.Name}', give each a name of its own");
            ports.Add(port);
        }

        return new ConsoleDeviceSpec(function, ports.ToImmutable());
    }
}
