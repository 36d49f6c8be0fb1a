using System.Globalization;
using System.Text;

namespace Actors.DeviceModel;

/// <summary>Which bytes of a port were dropped. Adjacent runs are one; beyond the bound only the sum is kept, so that a flood costs nothing.</summary>
internal sealed class PortDropLog(int maxRuns = PortDropLog.DefaultMaxRuns)
{
    /// <summary>Runs remembered by default.</summary>
    public const int DefaultMaxRuns = 64;

    private const int ShownRuns = 16;

    private List<PortDrop>? _runs;

    /// <summary>Bytes dropped.</summary>
    public long Total { get; private set; }

    /// <summary>Bytes dropped that no run tells about, since there were too many runs.</summary>
    public long Unlisted { get; private set; }

    /// <summary>The first runs, in the order in which they were dropped.</summary>
    public IReadOnlyList<PortDrop> Runs => _runs ?? [];

    /// <summary>Hears of each drop as it happens; null: nobody does.</summary>
    public Action<PortDrop>? Noted { get; set; }

    /// <summary>Takes over what a port at another node had dropped; where that was is not told again.</summary>
    public void Restore(long total)
    {
        Total = total;
        Unlisted = total;
    }

    /// <summary>Notes a drop.</summary>
    public void Add(long offset, long length, PortDropReason reason)
    {
        if (length == 0)
            return;
        Total += length;
        Noted?.Invoke(new PortDrop(offset, length, reason));
        _runs ??= [];
        if (_runs.Count > 0)
        {
            var last = _runs[^1];
            var follows = offset < 0 ? last.Offset < 0 : last.Offset >= 0 && last.Offset + last.Length == offset;
            if (follows && last.Reason == reason && Unlisted == 0)
            {
                _runs[^1] = last with { Length = last.Length + length };
                return;
            }
        }

        if (_runs.Count < maxRuns)
            _runs.Add(new PortDrop(offset, length, reason));
        else
            Unlisted += length;
    }

    /// <summary>One line for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Total} bytes were dropped:");
        var shown = 0L;
        foreach (var run in Runs.Take(ShownRuns))
        {
            text.Append(CultureInfo.InvariantCulture, $" {run.Length} at {(run.Offset < 0 ? "(emergency)" : run.Offset)} ({run.Reason});");
            shown += run.Length;
        }

        if (shown < Total)
            text.Append(CultureInfo.InvariantCulture, $" {Total - shown} more;");
        return text.ToString(0, text.Length - 1);
    }
}
