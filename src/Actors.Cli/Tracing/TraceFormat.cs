using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// One line per step, columns at fixed places: VM, vCPU, sequence, step, function (indented by its depth in the path: its caller is the nearest line above with
/// less indentation), access, and what the step is about. Stable: documented in docs/reference.md and held by a test.
/// </summary>
internal static class TraceFormat
{
    /// <summary>First line of a trace.</summary>
    public const string Header = "# vm    vcpu  sequence  step                 function in ACRN or Linux                                                access                                   about";

    private const int FunctionColumn = 45;
    private const int AccessColumn = FunctionColumn + 73;
    private const int AboutColumn = AccessColumn + 41;

    /// <summary>How far a step is from the guest's instruction.</summary>
    private static readonly FrozenDictionary<PathHop, int> Depths = new Dictionary<PathHop, int>
    {
        [PathHop.VmExit] = 0,
        [PathHop.EmulateIo] = 1,
        [PathHop.HypervisorHandler] = 2,
        [PathHop.AsyncioKick] = 2,
        [PathHop.InsertRequest] = 2,
        [PathHop.FireHsmInterrupt] = 3,
        [PathHop.AcrnIntrHandler] = 4,
        [PathHop.IoreqIntrHandler] = 5,
        [PathHop.IoreqDispatch] = 6,
        [PathHop.WakeClient] = 7,
        [PathHop.IoreqTask] = 8,
        [PathHop.IoeventfdHandler] = 9,
        [PathHop.ClientCreate] = 0,
        [PathHop.IoRangeAdd] = 11,
        [PathHop.VmLoop] = 8,
        [PathHop.PciEmulIoHandler] = 9,
        [PathHop.PciEmulMemHandler] = 9,
        [PathHop.PciConfigAccess] = 9,
        [PathHop.VirtioPciWrite] = 10,
        [PathHop.VirtioPciRead] = 10,
        [PathHop.IothreadHandler] = 10,
        [PathHop.NotifyRx] = 11,
        [PathHop.NotifyTx] = 11,
        [PathHop.NotifyQueue] = 11,
        [PathHop.ControlTx] = 12,
        [PathHop.ControlSend] = 13,
        [PathHop.BackendWrite] = 12,
        [PathHop.BackendRead] = 11,
        [PathHop.EndChains] = 12,
        [PathHop.DeviceInterrupt] = 13,
        [PathHop.Irqfd] = 14,
        [PathHop.InjectInterrupt] = 14,
        [PathHop.VcpuInterrupt] = 15,
        [PathHop.NotifyRequestFinish] = 9,
        [PathHop.PostWork] = 1,
        [PathHop.VmEntry] = 0,
    }.ToFrozenDictionary();

    /// <summary>The ACRN name of a step.</summary>
    public static string Function(PathHop hop) => PathHopSpec.FunctionOf(hop);

    /// <summary>Indentation of a step.</summary>
    public static int Depth(PathHop hop) => Depths.GetValueOrDefault(hop);

    /// <summary>True when a step belongs to another exit, or to none, than the one before: a blank line goes between.</summary>
    public static bool StartsGroup(in PathStep step, in PathStep before) =>
        step.Vm != before.Vm || step.Vcpu != before.Vcpu || step.Sequence != before.Sequence;

    /// <summary>Adds a step's line.</summary>
    public static void Append(StringBuilder line, in PathStep step)
    {
        var start = line.Length;
        line.Append(CultureInfo.InvariantCulture, $"{step.Vm,-6}  ");
        AppendNumber(line, step.Vcpu, step.Vcpu >= 0, 4);
        AppendNumber(line, (long)step.Sequence, step.Sequence > 0, 8);
        line.Append(CultureInfo.InvariantCulture, $"{step.Hop,-19}  ");

        PadTo(line, start + FunctionColumn);
        line.Append(' ', Depth(step.Hop)).Append(Function(step.Hop));
        var hasAccess = step.Access.Size != 0;
        var isAbout = step.Name is not null || step.Detail != 0;
        if (hasAccess || isAbout)
        {
            PadTo(line, start + AccessColumn);
            line.Append(hasAccess ? step.Access.ToString() : "-");
        }

        if (isAbout)
        {
            PadTo(line, start + AboutColumn);
            AppendAbout(line, step);
        }
    }

    private static void AppendNumber(StringBuilder line, long number, bool isThere, int width) =>
        line.Append((isThere ? number.ToString(CultureInfo.InvariantCulture) : "-").PadRight(width)).Append("  ");

    private static void AppendAbout(StringBuilder line, in PathStep step)
    {
        if (step.Name is { } name)
        {
            // A name may come from a guest or a file system: it stays on its line.
            foreach (var character in name)
                line.Append(char.IsControl(character) ? '?' : character);
        }

        if (step.Detail != 0)
            line.Append(step.Name is null ? "" : " ").Append(step.Detail);
    }

    private static void PadTo(StringBuilder line, int column)
    {
        if (line.Length < column)
            line.Append(' ', column - line.Length);
        else if (line[^1] != ' ')
            line.Append("  ");
    }
}
