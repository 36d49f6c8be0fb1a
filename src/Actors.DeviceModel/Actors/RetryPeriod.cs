namespace Actors.DeviceModel;

/// <summary>How long something unanswered waits before it is said again.</summary>
internal static class RetryPeriod
{
    /// <summary>250 ms, by the actor system's scheduler.</summary>
    public static readonly TimeSpan Value = TimeSpan.FromMilliseconds(250);
}
