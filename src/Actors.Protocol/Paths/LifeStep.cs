namespace Actors.Protocol;

/// <summary>What became of an actor that crashed. Each crash is announced, and so is what followed it.</summary>
/// <param name="Vm">Whose actor; 0 when it serves a whole node.</param>
/// <param name="Actor">Path below <c>/user</c>, for example <c>device-model/vm-1/pci-0.3.0</c>.</param>
/// <param name="Change">What happened.</param>
/// <param name="Incarnation">0 for the first life of the actor, one more with each restart.</param>
/// <param name="Reason">Why, in a sentence or an exception's message; null where a step before said it.</param>
public readonly record struct LifeStep(VmId Vm, string Actor, LifeChange Change, int Incarnation, string? Reason = null);

/// <summary>Turns in the life of an actor.</summary>
public enum LifeChange : byte
{
    /// <summary>Its work threw; what follows is one of the other three.</summary>
    Crashed,

    /// <summary>A new incarnation goes on with the state that was kept.</summary>
    Restarted,

    /// <summary>The same incarnation goes on: the message that failed was dropped.</summary>
    Resumed,

    /// <summary>Not restarted again: what it served is ended in order.</summary>
    GaveUp,

    /// <summary>Said after <see cref="Restarted"/>: state could not be kept. The reason counts what is missing, and says what has to follow.</summary>
    StateLost,

    /// <summary>The own part of a device that a user brought along threw. The device is out of use until it is reset; its actor, its machine and every other device go on.</summary>
    Failed,
}
