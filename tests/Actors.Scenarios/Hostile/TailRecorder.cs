using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Opens ports in memory and remembers the last bytes that left each, however many a hostile guest sent before.</summary>
internal sealed class TailRecorder(MemoryBackendFactory ports) : IPortBackendFactory
{
    private const int TailBytes = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, byte[]> _tails = new(StringComparer.Ordinal);

    /// <summary>The last bytes that left a port.</summary>
    public byte[] TailOf(string port)
    {
        lock (_gate)
            return _tails.GetValueOrDefault(port, []);
    }

    public IPortBackend Open(ConsolePortSpec port, IPortBackendEvents events, BackendOwner owner) => new Recorded(this, port.Name, ports.Open(port, events, owner));

    private void Record(string port, ReadOnlySpan<byte> taken)
    {
        lock (_gate)
        {
            byte[] tail = [.. _tails.GetValueOrDefault(port, []), .. taken[Math.Max(0, taken.Length - TailBytes)..]];
            _tails[port] = tail[Math.Max(0, tail.Length - TailBytes)..];
        }
    }

    private sealed class Recorded(TailRecorder owner, string port, IPortBackend inner) : IPortBackend
    {
        public string? Notice => inner.Notice;

        public bool IsConnected => inner.IsConnected;

        public BackendResult TryWrite(ReadOnlySpan<byte> data)
        {
            var result = inner.TryWrite(data);
            owner.Record(port, data[..result.Count]);
            return result;
        }

        public BackendResult TryRead(Span<byte> destination) => inner.TryRead(destination);

        public void Arm(BackendInterest interest) => inner.Arm(interest);

        public void Dispose() => inner.Dispose();
    }
}
