using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Makes <see cref="MemoryBackend"/>s, of memory ports or of all ports, and finds them again by port name.
/// </summary>
/// <param name="recordLimit">Bytes of output that each keeps.</param>
/// <param name="others">Opens the ports of other kinds; null: they are held in memory as well.</param>
/// <param name="streams">Where the output goes, when that is to outlive the backends; null: each keeps its own.</param>
internal sealed class MemoryBackendFactory(int recordLimit = 1 << 20, IPortBackendFactory? others = null, SharedStreams? streams = null) : IPortBackendFactory
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<MemoryBackend>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _refusals = new(StringComparer.Ordinal);

    /// <summary>Writes that a backend opened from now on takes, before it holds all others; null: it holds none.</summary>
    public int? WritesBeforeHold { get; set; }

    /// <summary>The latest backend of a port name.</summary>
    public MemoryBackend this[string portName] => All(portName) is [.., var latest]
        ? latest
        : throw new KeyNotFoundException($"no port '{portName}' was opened");

    /// <summary>All backends of a port name, in order of opening: a port is opened once for each machine and each incarnation of its device.</summary>
    public IReadOnlyList<MemoryBackend> All(string portName)
    {
        lock (_gate)
            return _byName.TryGetValue(portName, out var backends) ? [.. backends] : [];
    }

    /// <summary>Bytes that all backends took.</summary>
    public long TotalWritten()
    {
        lock (_gate)
            return _byName.Values.Sum(backends => backends.Sum(backend => backend.WrittenCount));
    }

    /// <summary>Lets opening a port fail with a sentence.</summary>
    public void Refuse(string portName, string sentence)
    {
        lock (_gate)
            _refusals[portName] = sentence;
    }

    /// <inheritdoc/>
    public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner)
    {
        lock (_gate)
        {
            if (_refusals.TryGetValue(port.Name, out var sentence))
                throw new BackendOpenException(sentence);
            if (others is not null && port.Backend != BackendKind.Memory)
                return others.Open(port, events, owner);

            var stream = streams?[owner.Vm, port.Name];
            if (stream?.Claim(owner.Fence) is { Status: BackendStatus.Failed } refused)
                throw new BackendOpenException($"port '{port.Name}' can't be opened: {refused.Error}.") { Seen = stream.Owner };

            var backend = new MemoryBackend(events, recordLimit, stream, owner.Fence);
            if (WritesBeforeHold is { } taken)
            {
                backend.ScriptWrites([.. Enumerable.Repeat(MemoryOutcome.All, taken)]);
                backend.HoldWrites(MemoryOutcome.WouldBlock);
            }

            if (!_byName.TryGetValue(port.Name, out var backends))
                _byName.Add(port.Name, backends = []);
            backends.Add(backend);
            return backend;
        }
    }
}
