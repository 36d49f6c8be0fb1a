namespace Actors.DeviceModel;

/// <summary>A backend with a window: a terminal.</summary>
internal interface ISizedBackend
{
    /// <summary>Raised, from any thread, when the window may have another size (SIGWINCH). Only the process's own terminal tells.</summary>
    event EventHandler? SizeChanged;

    /// <summary>The window's size; false when there is no window, or it says 0.</summary>
    bool TryGetSize(out ushort columns, out ushort rows);
}
