using System.Globalization;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// Reads the trace that people read: columns VM, vCPU, sequence, step, function, access, about. It has no times and doesn't say which device a step was of; steps have numbers instead of
/// times.
/// </summary>
internal static class PathTextReader
{
    private const string Heading = "# vm    vcpu  sequence  step";
    private const int FunctionColumn = 45;
    private const int MinAccessColumn = FunctionColumn + 73;

    /// <summary>Requests that may be half finished at a time; a file that has more tells nothing worth knowing.</summary>
    private const int MaxFinishing = 64 * 1024;

    /// <summary>Whether a file that begins with this line is one.</summary>
    public static bool IsHeader(string line) => line.StartsWith(Heading, StringComparison.Ordinal);

    /// <summary>Reads what is chosen.</summary>
    public static bool TryRead(TraceLineSource lines, TraceSelection selection, out TraceReading? trace, out string problem)
    {
        trace = null;
        var actors = new ActorNumbers();
        var causes = new PathCauses();
        var builder = new TraceReadingBuilder(new TraceHeader(TraceHeader.Text, "trace", null, []), selection, actors.NameOf);
        var sequence = 0;
        var finishing = new HashSet<(int, int, ulong)>();
        while (lines.Next() is { } line)
        {
            if (line.Length == 0)
                continue;
            if (line[0] == '#')
            {
                builder.Missing += MissingOf(line);
                continue;
            }

            if (StepOf(line) is not { } step)
            {
                if (lines.IsLastCut)
                {
                    builder.IsCut = true;
                    break;
                }

                problem = $"is damaged: line {lines.Number} is no step";
                return false;
            }

            step = step with { At = RoomOf(step, finishing) };
            var origin = causes.Take(step, ++sequence);
            if (!builder.Add(new RecordedEvent(new Moment(sequence, 0, sequence, origin.Cause, actors.NumberOf(PathActors.NameOf(step))), step, [])))
                break;
        }

        if (lines.IsTooLong)
        {
            problem = $"is damaged: line {lines.Number + 1} has more than {TraceFile.MaxLine} characters";
            return false;
        }

        return builder.TryBuild(actors.All, out trace, out problem);
    }

    private static long MissingOf(string line)
    {
        var words = line.Split(' ', 4);
        return words.Length == 4 && words[2] == "steps" && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    private static PathStep? StepOf(string line)
    {
        var words = line.Split(' ', 5, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 4 || line.Length <= FunctionColumn || !words[0].StartsWith("vm-", StringComparison.Ordinal)
            || !int.TryParse(words[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out var vm)
            || !TryNumber(words[1], -1, out var vcpu) || !TryNumber(words[2], 0, out var request)
            || !Enum.TryParse<PathHop>(words[3], out var hop) || (uint)hop >= PathHopSpec.Count)
        {
            return null;
        }

        var function = PathHopSpec.FunctionOf(hop);
        var begin = line.IndexOf(function, FunctionColumn, StringComparison.Ordinal);
        var rest = begin < 0 ? string.Empty : line[Math.Min(line.Length, Math.Max(begin + function.Length, MinAccessColumn))..];
        var columns = rest.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var (name, detail) = AboutOf(columns.Length > 1 ? columns[1] : string.Empty);
        return new PathStep(hop, new VmId(vm), (int)vcpu, (ulong)request, AccessOf(columns.Length > 0 ? columns[0] : string.Empty), detail, name);
    }

    /// <summary>Both ends report some steps: the HSM first, then the hypervisor.</summary>
    private static PathRoom RoomOf(in PathStep step, HashSet<(int, int, ulong)> finishing)
    {
        if (finishing.Count == MaxFinishing)
            finishing.Clear();
        var key = (step.Vm.Value, step.Vcpu, step.Sequence);
        var isSecond = step.Hop switch
        {
            PathHop.NotifyRequestFinish => !finishing.Add(key),
            PathHop.InjectInterrupt => step.Sequence == 0,
            _ => false,
        };
        if (step.Hop == PathHop.PostWork)
            finishing.Remove(key);
        return isSecond ? PathRoom.Hypervisor : PathRoom.AsTheHopSays;
    }

    private static IoAccess AccessOf(string text)
    {
        var words = text.Split(' ');
        if (words.Length < 3 || !words[2].StartsWith("0x", StringComparison.Ordinal))
            return default;
        var isWrite = words[1].StartsWith("write", StringComparison.Ordinal);
        if (!int.TryParse(words[1].AsSpan(isWrite ? 5 : 4), NumberStyles.None, CultureInfo.InvariantCulture, out var bits) || bits is < 8 or > 64
            || !ulong.TryParse(words[2].AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
        {
            return default;
        }

        ulong value = 0;
        if (words.Length == 5 && words[4].StartsWith("0x", StringComparison.Ordinal))
            _ = ulong.TryParse(words[4].AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        var space = words[0] switch { "pio" => IoRequestType.PortIo, "mmio" => IoRequestType.Mmio, "pcicfg" => IoRequestType.PciConfig, _ => IoRequestType.WriteProtect };
        return new IoAccess(space, isWrite ? IoDirection.Write : IoDirection.Read, (byte)(bits / 8), address, value);
    }

    private static (string? Name, long Detail) AboutOf(string text)
    {
        var space = text.LastIndexOf(' ');
        if (!long.TryParse(text.AsSpan(space + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var detail))
            return (text.Length == 0 ? null : text, 0);
        return (space < 0 ? null : text[..space], detail);
    }

    private static bool TryNumber(string text, long absent, out long number)
    {
        number = absent;
        return text == "-" || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
