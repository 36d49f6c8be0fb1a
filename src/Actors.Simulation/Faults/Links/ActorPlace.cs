using System.Globalization;
using Akka.Actor;

namespace Actors.Simulation;

/// <summary>What an actor is, by its path below <c>/user</c>.</summary>
/// <param name="Path">The path, such as <c>device-model/vm-0/pci-0.3.0/port-0</c>.</param>
/// <param name="Site">Name of the site that its messages are visits of, or empty.</param>
/// <param name="What">Its numbers.</param>
internal sealed record ActorPlace(string Path, string Site, FaultTarget What)
{
    /// <summary>Reads an actor's path.</summary>
    public static ActorPlace Of(IActorRef actor)
    {
        var parts = actor.Path.Elements.Skip(1).ToArray();
        var vm = -1;
        var vcpu = -1;
        var device = -1;
        var port = -1;
        foreach (var part in parts)
        {
            if (part.StartsWith("vm-", StringComparison.Ordinal))
                vm = Number(part, 3);
            else if (part.StartsWith("vcpu-", StringComparison.Ordinal))
                vcpu = Number(part, 5);
            else if (part.StartsWith("port-", StringComparison.Ordinal))
                port = Number(part, 5);
            else if (part.StartsWith("pci-", StringComparison.Ordinal))
                device = FaultTarget.Of(new FaultSelector(Device: part[4..])).Device;
        }

        var site = (parts.Length > 0 ? ActorRole.RoomOf(parts[0]) : string.Empty, parts.Length) switch
        {
            ("hypervisor", 2) => FaultSites.Hypervisor,
            ("hypervisor", 3) => FaultSites.Vcpu,
            ("hsm", 2) => FaultSites.Hsm,
            ("device-model", 2) => FaultSites.DeviceModel,
            ("device-model", _) when port >= 0 => FaultSites.Port,
            ("device-model", _) when device >= 0 => FaultSites.Device,
            _ => string.Empty,
        };
        return new ActorPlace(string.Join('/', parts), site, new FaultTarget(vm, vcpu, device, -1, port, -1));
    }

    /// <summary>Whether the path fits a pattern in which * stands for anything.</summary>
    public bool Fits(string pattern) => Glob(pattern, Path);

    /// <summary>Whether a text fits a pattern in which * stands for anything.</summary>
    public static bool Glob(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        while (true)
        {
            if (pattern.IsEmpty)
                return text.IsEmpty;
            if (pattern[0] != '*')
            {
                if (text.IsEmpty || pattern[0] != text[0])
                    return false;
                pattern = pattern[1..];
                text = text[1..];
                continue;
            }

            pattern = pattern.TrimStart('*');
            if (pattern.IsEmpty)
                return true;
            for (var i = 0; i <= text.Length; i++)
            {
                if (Glob(pattern, text[i..]))
                    return true;
            }

            return false;
        }
    }

    private static int Number(string part, int from) =>
        int.TryParse(part.AsSpan(from), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;
}
