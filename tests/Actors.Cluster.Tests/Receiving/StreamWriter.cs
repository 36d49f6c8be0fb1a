using System.Collections.Concurrent;
using System.Net;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

/// <summary>Plays a port in front of a real stream backend: writes at positions and waits for signals.</summary>
internal sealed class StreamWriter : IPortBackendEvents, IDisposable
{
    /// <summary>Only a test that fails waits so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly BlockingCollection<BackendInterest> _signals = [];

    public StreamWriter(IPEndPoint receiver, ulong token = 0, int vm = 1, string port = "console")
        : this(receiver.ToString(), token, vm, port)
    {
    }

    public StreamWriter(string receiver, ulong token = 0, int vm = 1, string port = "console") =>
        Backend = StreamBackend.Open(
            new ConsolePortSpec(port, true, BackendKind.Stream, receiver), this, new BackendOwner(new VmId(vm), new FencingToken(token)));

    public StreamBackend Backend { get; }

    public void Signal(BackendInterest ready) => _signals.Add(ready);

    public void Dispose() => Backend.Dispose();

    /// <summary>Waits until the receiver said how much it has.</summary>
    public long AwaitPosition()
    {
        while (true)
        {
            if (Backend.Position is { } position)
                return position;
            Await(BackendInterest.Connect | BackendInterest.Write);
        }
    }

    /// <summary>Writes everything; false when the backend failed, with its sentence.</summary>
    public bool TryWriteAll(long position, ReadOnlySpan<byte> data, out string? error)
    {
        error = null;
        while (!data.IsEmpty)
        {
            var result = Backend.TryWriteAt(position, data);
            switch (result.Status)
            {
                case BackendStatus.Done:
                    position += result.Count;
                    data = data[result.Count..];
                    break;
                case BackendStatus.Failed:
                    error = result.Error;
                    return false;
                default:
                    Await(BackendInterest.Write | BackendInterest.Connect);
                    break;
            }
        }

        return true;
    }

    public void Await(BackendInterest interest)
    {
        Backend.Arm(interest);
        Assert.True(_signals.TryTake(out _, Patience), $"no signal came; {Backend.Trouble}");
    }
}
