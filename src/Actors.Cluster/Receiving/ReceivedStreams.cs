using System.Collections.Immutable;
using Actors.DeviceModel;

namespace Actors.Cluster;

/// <summary>The streams of a receiver, each made when its first writer greets; a bounded number.</summary>
/// <param name="output">Where the bytes go.</param>
internal sealed class ReceivedStreams(StreamOutput output) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(int Vm, string Port), ReceivedStream> _streams = [];
    private bool _stopped;

    /// <summary>True when at least one stream was begun, and the last writer of each said that it is over and left.</summary>
    public bool AreOver
    {
        get
        {
            lock (_gate)
                return _streams.Count > 0 && _streams.Values.All(stream => stream.IsOver);
        }
    }

    /// <summary>The stream of a greeting; null, and a sentence, when it can't be kept; null without one when the receiver has ended.</summary>
    public ReceivedStream? FindOrOpen(in StreamHello hello, out string? problem)
    {
        lock (_gate)
        {
            problem = null;
            if (_stopped)
                return null;
            if (_streams.TryGetValue((hello.Vm.Value, hello.Port), out var stream))
                return stream;
            if (_streams.Count >= (output.TakesOne ? 1 : StreamReceiver.MaxStreams))
            {
                problem = output.TakesOne
                    ? $"the output takes one stream, and {hello.Vm}/{hello.Port} is another one; name a directory with --out to keep many"
                    : $"{StreamReceiver.MaxStreams} streams are here, {hello.Vm}/{hello.Port} is one too many";
                return null;
            }

            if (output.TryOpen(hello, out problem) is not { } store)
                return null;
            stream = new ReceivedStream(hello.Vm, hello.Port, store);
            _streams.Add((hello.Vm.Value, hello.Port), stream);
            return stream;
        }
    }

    /// <summary>What came so far, by machine and port.</summary>
    public ImmutableArray<StreamReport> Report()
    {
        ReceivedStream[] streams;
        lock (_gate)
            streams = [.. _streams.Values];
        return [.. streams.OrderBy(stream => stream.Vm.Value).ThenBy(stream => stream.Port, StringComparer.Ordinal).Select(stream => stream.Report())];
    }

    /// <summary>No stream is made any more.</summary>
    public void Stop()
    {
        lock (_gate)
            _stopped = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            foreach (var stream in _streams.Values)
                stream.Dispose();
        }
    }
}
