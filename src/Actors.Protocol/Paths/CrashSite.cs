namespace Actors.Protocol;

/// <summary>A place inside an actor's work at which a fault plan may crash it, by its stable name.</summary>
/// <param name="Name">The name that plans use.</param>
public sealed record CrashSite(string Name)
{
    /// <summary>Device: a chain's payload is in guest memory, its used element is not (F33).</summary>
    public static readonly CrashSite AfterPayload = new("dm.after-payload");

    /// <summary>Device: a used element is written, the used index is not (F34).</summary>
    public static readonly CrashSite AfterUsedElement = new("dm.after-used-element");

    /// <summary>Device: the used index is written, the interrupt is not sent (F35).</summary>
    public static readonly CrashSite AfterUsedIndex = new("dm.after-used-idx");

    /// <summary>Port: the backend took bytes, the device has not heard so (F36).</summary>
    public static readonly CrashSite AfterBackendAccept = new("port.after-accept");

    /// <summary>Port: bytes whose buffers the guest has back wait for the backend (F37, write-behind of a buffering policy).</summary>
    public static readonly CrashSite BeforeBackendWrite = new("port.before-write");

    /// <summary>Every site, for plans that name one.</summary>
    public static readonly IReadOnlyList<CrashSite> All =
        [AfterPayload, AfterUsedElement, AfterUsedIndex, AfterBackendAccept, BeforeBackendWrite];
}

/// <summary>What the simulated world puts at crash sites. Null in production.</summary>
public interface ICrashPoints
{
    /// <summary>Returns, or throws what crashes the actor whose work this is.</summary>
    /// <param name="site">Where.</param>
    /// <param name="vm">Whose.</param>
    /// <param name="detail">Queue of a device, index of a port.</param>
    void Here(CrashSite site, VmId vm, int detail);
}
