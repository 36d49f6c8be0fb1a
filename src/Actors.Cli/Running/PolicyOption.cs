using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Port data policies: <c>block</c>, <c>drop</c> or <c>buffer=N</c> for all ports, or <c>NAME:POLICY{,NAME:POLICY}</c>.</summary>
internal static class PolicyOption
{
    public const int MaxBufferBytes = 64 << 20;
    private static readonly string[] Words = ["block", "drop", "buffer"];

    /// <summary>The devices with the policies of all <c>--policy</c> options. What names a port goes before what is for all.</summary>
    public static Parsed<IReadOnlyList<ConsoleDeviceSpec>> Apply(IReadOnlyList<ConsoleDeviceSpec> devices, IEnumerable<string> texts)
    {
        PortPolicy? forAll = null;
        var byName = new Dictionary<string, PortPolicy>();
        foreach (var item in texts.SelectMany(text => text.Split(',')))
        {
            // The policy has no colon, a name may have one.
            var colon = item.LastIndexOf(':');
            if (!ParsePolicy(item, item[(colon + 1)..]).TryGet(out var policy, out var mistake))
                return mistake;

            if (colon < 0)
            {
                if (forAll is not null)
                    return new Mistake("--policy says twice what holds for all ports, give a port's name before the other as in NAME:block");
                forAll = policy;
                continue;
            }

            var name = item[..colon];
            if (!devices.Any(device => device.Ports.Any(port => port.Name == name)))
                return new Mistake($"--policy {item} names port '{name}', the ports are {Names(devices)}{Spelling.Hint(name, PortNames(devices))}");
            if (!byName.TryAdd(name, policy))
                return new Mistake($"--policy says twice what holds for port '{name}'");
        }

        return devices.Select(device => With(device, forAll, byName)).ToArray();
    }

    private static ConsoleDeviceSpec With(ConsoleDeviceSpec device, PortPolicy? forAll, Dictionary<string, PortPolicy> byName) =>
        device with { Ports = [.. device.Ports.Select(port => port with { Policy = byName.TryGetValue(port.Name, out var own) ? own : forAll })] };

    private static Parsed<PortPolicy> ParsePolicy(string item, string text)
    {
        var word = text.ToLowerInvariant();
        switch (word)
        {
            case "block":
                return PortPolicy.Block;
            case "drop":
                return PortPolicy.Drop;
            case "buffer":
                return PortPolicy.DefaultBuffer;
        }

        if (!word.StartsWith("buffer=", StringComparison.Ordinal))
            return new Mistake($"--policy {item} has no policy '{text}', the policies are block, drop and buffer=N{Spelling.Hint(word, Words)}");
        if (!ByteCount.TryParse(word["buffer=".Length..], out var bytes, out _) || bytes is 0 or > MaxBufferBytes)
            return new Mistake($"--policy {item} needs 1 to 64m bytes, such as buffer=64k");

        return new PortPolicy(PortPolicyKind.Buffer, (int)bytes);
    }

    private static string Names(IReadOnlyList<ConsoleDeviceSpec> devices) => string.Join(", ", PortNames(devices));

    private static IEnumerable<string> PortNames(IReadOnlyList<ConsoleDeviceSpec> devices) =>
        devices.SelectMany(device => device.Ports).Select(port => port.Name);
}
