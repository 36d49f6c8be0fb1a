using System.Globalization;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>From a person's text to a machine's description, or to the first mistake.</summary>
internal static class RunParser
{
    public const string DefaultGuest = "hello";
    public const string DefaultSlot = "3,virtio-console,@stdio:console";
    private static readonly VmId TheVm = new(1);

    /// <param name="arguments">What the person wrote.</param>
    /// <param name="validateGuest">Null, or what is wrong with a guest's name or arguments.</param>
    public static Parsed<VmSpec> Parse(RunArguments arguments, Func<GuestSpec, string?> validateGuest)
    {
        if (!ParseVcpus(arguments.Vcpus).TryGet(out var vcpus, out var mistake))
            return mistake;
        if (!(arguments.Memory is null ? MemoryOption.DefaultBytes : MemoryOption.Parse(arguments.Memory)).TryGet(out var memory, out mistake))
            return mistake;
        if (!ParseGuest(arguments.Guest, validateGuest).TryGet(out var guest, out mistake))
            return mistake;
        if (!Choice.Switch("--polling", arguments.Polling ?? "off").TryGet(out var polling, out mistake))
            return mistake;
        if (!ParseDevices(arguments).TryGet(out var devices, out mistake))
            return mistake;

        var ports = devices.SelectMany(device => device.Ports).Select(port => port.Name).ToList();
        if (GuestCatalog.PortsOf(guest).FirstOrDefault(name => !ports.Contains(name)) is { } missing)
            return new Mistake($"--guest {guest.Name} names port '{missing}', the ports are {string.Join(", ", ports)}{Spelling.Hint(missing, ports)}");

        return new VmSpec(TheVm, vcpus, memory, guest, [.. devices], polling);
    }

    private static Parsed<int> ParseVcpus(string? text)
    {
        if (text is null)
            return 1;

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= VmLimits.MaxVcpus
            ? count
            : new Mistake($"--vcpus is a number from 1 to {VmLimits.MaxVcpus}, not '{text}'");
    }

    private static Parsed<GuestSpec> ParseGuest(IReadOnlyList<string> words, Func<GuestSpec, string?> validateGuest)
    {
        // A misspelt option after --guest looks like one of its arguments, and an option in the place of the name like a name.
        if (words.Count > 0 && RunOptionNames.All.Contains(words[0]))
            return new Mistake($"a value is missing after '{RunOptionNames.Guest}'");
        if (words.FirstOrDefault(word => word.Length > 1 && word[0] == '-') is { } option)
            return new Mistake(RunOptionNames.Unknown(option));

        var guest = words.Count == 0 ? new GuestSpec(DefaultGuest, []) : new GuestSpec(words[0], [.. words.Skip(1)]);
        return validateGuest(guest) is { } problem ? new Mistake(char.ToLowerInvariant(problem[0]) + problem[1..].TrimEnd('.')) : guest;
    }

    private static Parsed<IReadOnlyList<ConsoleDeviceSpec>> ParseDevices(RunArguments arguments)
    {
        if (!Choice.Of<VirtioTransportKind>("--transport", arguments.Transport ?? "transitional").TryGet(out var transport, out var mistake))
            return mistake;
        if (!Choice.Switch("--ioeventfd", arguments.Ioeventfd ?? "on").TryGet(out var ioeventfd, out mistake))
            return mistake;
        if (!Choice.Switch("--asyncio", arguments.Asyncio ?? "off").TryGet(out var asyncio, out mistake))
            return mistake;
        if (asyncio && !ioeventfd)
            return new Mistake("--asyncio on needs --ioeventfd on, since it is a faster way for the same doorbells");

        var devices = new List<ConsoleDeviceSpec>();
        foreach (var text in arguments.Slots.Count == 0 ? [DefaultSlot] : arguments.Slots)
        {
            if (!DeviceOption.Parse(text).TryGet(out var device, out mistake))
                return mistake;
            devices.Add(device with { Transport = transport, Ioeventfd = ioeventfd, Asyncio = asyncio });
        }

        return CheckTogether(devices) is { } conflict ? conflict : PolicyOption.Apply(devices, arguments.Policies);
    }

    private static Mistake? CheckTogether(List<ConsoleDeviceSpec> devices)
    {
        var seen = new HashSet<Bdf>();
        foreach (var device in devices)
        {
            if (!seen.Add(device.Function))
                return new Mistake($"slot {Shown(device.Function)} has two devices, give each a slot or function of its own");
        }

        // A guest that finds no function 0 doesn't look for the others.
        if (devices.Find(device => device.Function.Function != 0 && !seen.Contains(device.Function with { Function = 0 })) is { } hidden)
            return new Mistake($"slot {Shown(hidden.Function)} has no function 0 beside it, so no guest would find it");

        return devices.SelectMany(device => device.Ports).Count(port => port.Backend == BackendKind.Stdio) > 1
            ? new Mistake("two ports are stdio, but there is only one standard input and output")
            : null;
    }

    private static string Shown(Bdf function) => function.Function == 0 ? $"{function.Device}" : $"{function.Device}:{function.Function}";
}
