using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// A port whose backend is open; made before there is an actor for it, and what a crash of that actor leaves. Belongs to the machine's actor.
/// </summary>
/// <param name="spec">Its description.</param>
/// <param name="backend">Its backend.</param>
/// <param name="events">Where the backend signals.</param>
/// <param name="wasConnected">What device and port both begin with: whether somebody was at the backend's end.</param>
/// <param name="adopted">The record of its device, when another node had both before; null: it begins.</param>
internal sealed class OpenPort(ConsolePortSpec spec, IPortBackend backend, PortEvents events, bool wasConnected, DeviceRecord? adopted = null)
{
    private RestartBudget _budget;
    private Port? _core;

    /// <summary>Its description.</summary>
    public ConsolePortSpec Spec { get; } = spec;

    /// <summary>Its backend.</summary>
    public IPortBackend Backend { get; } = backend;

    /// <summary>Where the backend signals.</summary>
    public PortEvents Events { get; } = events;

    /// <summary>What device and port both begin with: whether somebody was at the backend's end.</summary>
    public bool WasConnected { get; } = wasConnected;

    /// <summary>Restarts of the port's actor. Only the latest may touch the backend.</summary>
    public int Incarnation { get; private set; }

    /// <summary>The last word, once the backend is closed.</summary>
    public PortHop.Closed? Closed { get; set; }

    /// <summary>What became of the bytes so far.</summary>
    public PortReport Report => Closed?.Report ?? _core?.Report ?? new PortReport(Spec.Name, 0, 0, 0, 0, 0, null);

    /// <summary>The core, made by the first incarnation of the actor and handed on to each further one.</summary>
    public Port CoreFor(int index, IPortEffects effects, CrashPoints crashes)
    {
        _core ??= adopted is { } record
            ? new Port(index, Backend, Spec, effects, record, crashes)
            : new Port(index, Backend, Spec, effects, WasConnected, crashes);
        return _core;
    }

    /// <summary>A new incarnation of the actor; the ones before it are fenced off.</summary>
    public int Supersede() => ++Incarnation;

    /// <summary>The actor crashed; false when it did so too often.</summary>
    public bool TryRestart() => _budget.TrySpend(_core?.Progress ?? 0);
}
