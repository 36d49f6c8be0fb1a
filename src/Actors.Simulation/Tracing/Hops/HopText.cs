using System.Globalization;
using System.Text;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>How events are written for people.</summary>
public static class HopText
{
    /// <summary>Bytes of a payload that are shown.</summary>
    private const int MaxShown = 32;

    /// <summary>A time, such as <c>1.000250 s</c>: microseconds are the last digit.</summary>
    public static string Time(TimeSpan time) => time.TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture) + " s";

    /// <summary>Bytes in quotes, unprintable ones escaped, the rest of many only counted.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder("\"");
        foreach (var one in bytes[..Math.Min(MaxShown, bytes.Length)])
        {
            if (one is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\')
                text.Append((char)one);
            else if (one == (byte)'\n')
                text.Append("\\n");
            else if (one == (byte)'\r')
                text.Append("\\r");
            else
                text.Append(CultureInfo.InvariantCulture, $"\\x{one:x2}");
        }

        text.Append('"');
        if (bytes.Length > MaxShown)
            text.Append(CultureInfo.InvariantCulture, $"... {bytes.Length} B");
        return text.ToString();
    }
}

/// <summary>Names and lanes of steps.</summary>
public static class HopNames
{
    /// <summary>The name in ACRN or Linux.</summary>
    public static string Of(PathHop hop) => (uint)hop < (uint)PathHopSpec.Count ? PathHopSpec.FunctionOf(hop) : hop.ToString();

    /// <summary>The lane in which a step is taken.</summary>
    public static HopLane LaneOf(PathHop hop) => hop switch
    {
        PathHop.VmExit or PathHop.VmEntry or PathHop.VcpuInterrupt => HopLane.Guest,
        PathHop.EmulateIo or PathHop.HypervisorHandler or PathHop.AsyncioKick or PathHop.InsertRequest or PathHop.FireHsmInterrupt or PathHop.PostWork or PathHop.InjectInterrupt => HopLane.Hypervisor,
        PathHop.BackendWrite or PathHop.BackendRead => HopLane.Port,
        PathHop.VmLoop or PathHop.PciEmulIoHandler or PathHop.PciEmulMemHandler or PathHop.PciConfigAccess or PathHop.VirtioPciWrite or PathHop.VirtioPciRead
            or PathHop.IothreadHandler or PathHop.NotifyRx or PathHop.NotifyTx or PathHop.NotifyQueue or PathHop.ControlTx or PathHop.ControlSend or PathHop.EndChains or PathHop.DeviceInterrupt => HopLane.DeviceModel,
        _ => HopLane.Hsm,
    };
}
