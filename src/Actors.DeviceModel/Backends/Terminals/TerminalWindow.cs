using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>The size of a terminal's window.</summary>
internal static class TerminalWindow
{
    /// <summary>False when there is no terminal, or it doesn't know (0 by 0).</summary>
    public static unsafe bool TryGetSize(SafeDescriptor? terminal, out ushort columns, out ushort rows)
    {
        WindowSize size = default;
        var known = terminal is { IsClosed: false } && Libc.GetWindowSize(terminal, TIOCGWINSZ, &size) == 0;
        columns = size.Columns;
        rows = size.Rows;
        return known && columns > 0 && rows > 0;
    }
}
