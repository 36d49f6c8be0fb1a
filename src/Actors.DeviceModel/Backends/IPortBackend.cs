using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Where a port's bytes go to and come from. Real ones sit at the edge of the process; scripted ones serve tests and the simulated world.
/// Calls come from one actor, never block for long, and never throw for what the outside does: the outcome says it.
/// A backend that would block is armed, and calls <see cref="IPortBackendEvents.Signal"/> once when it is worth trying again. After
/// <see cref="IDisposable.Dispose"/> it signals no more.
/// </summary>
public interface IPortBackend : IDisposable
{
    /// <summary>What a person should know (the name of a pty), or null.</summary>
    string? Notice { get; }

    /// <summary>Why nobody is there, where that may be a person's mistake that time alone doesn't mend, in a sentence; else null. Signalled when it comes.</summary>
    string? Warning => null;

    /// <summary>True when somebody is there to take and give bytes (a socket with a client, a file, a terminal; a pty always).</summary>
    bool IsConnected { get; }

    /// <summary>True while input of somebody who left may still be there to read: until then nobody should be told that he left.</summary>
    bool HasInputOfLeavers => false;

    /// <summary>Writes some or all bytes.</summary>
    BackendResult TryWrite(ReadOnlySpan<byte> data);

    /// <summary>Reads what there is.</summary>
    BackendResult TryRead(Span<byte> destination);

    /// <summary>
    /// Asks for one <see cref="IPortBackendEvents.Signal"/> when reading, writing or connecting is worth trying; what is already true is told at once. Replaces
    /// earlier wishes; None takes them back. A signal uses up only the wishes that it names, the others stay. A direction that ended or failed never signals.
    /// After Full, Write is signalled after a while.
    /// </summary>
    void Arm(BackendInterest interest);
}

/// <summary>What became of a read or write.</summary>
/// <param name="Status">The outcome.</param>
/// <param name="Count">Bytes moved; a read of 0 with Done never happens (end of input has its own status).</param>
/// <param name="Error">One line for a person, with <see cref="BackendStatus.Failed"/> and <see cref="BackendStatus.Full"/>.</param>
public readonly record struct BackendResult(BackendStatus Status, int Count = 0, string? Error = null);

/// <summary>Outcomes of a backend call.</summary>
public enum BackendStatus : byte
{
    /// <summary>Count bytes were moved, at least 1 (or an empty write).</summary>
    Done,

    /// <summary>Nothing now; arm and wait.</summary>
    WouldBlock,

    /// <summary>Nobody is there now (no client); connected again is signalled when armed with Connect.</summary>
    Disconnected,

    /// <summary>The input ended for good; output may still work.</summary>
    EndOfInput,

    /// <summary>No space on the device: trying later may work. Arming for Write waits a while, so that doing so is no busy loop.</summary>
    Full,

    /// <summary>This direction is broken for good.</summary>
    Failed,
}

/// <summary>What to wait for.</summary>
[Flags]
public enum BackendInterest : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Bytes to read, end of input, or hang-up.</summary>
    Read = 1,

    /// <summary>Room to write.</summary>
    Write = 2,

    /// <summary>A change of <see cref="IPortBackend.IsConnected"/>. While nobody is there, the other wishes include it.</summary>
    Connect = 4,
}

/// <summary>
/// Where a backend reports readiness; called from any thread, also from within <see cref="IPortBackend.Arm"/>, and with the backend's lock held: it must neither
/// block nor throw. The port actor turns it into a message to itself.
/// </summary>
public interface IPortBackendEvents
{
    /// <summary>It is worth trying again. Spurious signals are harmless.</summary>
    void Signal(BackendInterest ready);
}

/// <summary>Opens backends.</summary>
internal interface IPortBackendFactory
{
    /// <summary>Opens the backend of a port.</summary>
    /// <exception cref="BackendOpenException">A person's mistake or the outside's refusal: the message is one clear sentence that says what to do.</exception>
    /// <param name="port">Which.</param>
    /// <param name="events">Told when the backend is worth trying again.</param>
    /// <param name="owner">Who writes. A backend that outlives a node refuses an owner with a lower token than it has seen.</param>
    IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner);
}

/// <summary>Whose bytes a backend takes.</summary>
/// <param name="Vm">The machine.</param>
/// <param name="Fence">Of its incarnation; none where nobody else could own it.</param>
internal readonly record struct BackendOwner(VmId Vm, FencingToken Fence);

/// <summary>A backend that can't be opened; the message is for a person.</summary>
internal sealed class BackendOpenException : Exception
{
    /// <summary>When somebody with a higher token has the backend: that token; else none.</summary>
    public FencingToken Seen { get; init; }

    /// <summary>Makes the exception.</summary>
    public BackendOpenException(string message)
        : base(message)
    {
    }

    /// <summary>Makes the exception.</summary>
    public BackendOpenException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Makes the exception.</summary>
    public BackendOpenException()
    {
    }
}
