using Actors.DeviceModel;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>A backend whose bytes and refusals are recorded.</summary>
internal sealed class RecordedBackend(IPortBackend inner, VmId vm, Bdf device, int port, Action<HopEvent> take) : IPortBackend
{
    public string? Notice => inner.Notice;

    public string? Warning => inner.Warning;

    public bool IsConnected => inner.IsConnected;

    public bool HasInputOfLeavers => inner.HasInputOfLeavers;

    public BackendResult TryWrite(ReadOnlySpan<byte> data)
    {
        var result = inner.TryWrite(data);
        Record(result, BackendEventKind.Accepted, data);
        return result;
    }

    public BackendResult TryRead(Span<byte> destination)
    {
        var result = inner.TryRead(destination);
        Record(result, BackendEventKind.Given, destination);
        return result;
    }

    public void Arm(BackendInterest interest) => inner.Arm(interest);

    public void Dispose()
    {
        inner.Dispose();
        Take(BackendEventKind.Closed, 0, default);
    }

    private void Record(in BackendResult result, BackendEventKind moved, ReadOnlySpan<byte> data)
    {
        if (result is { Status: BackendStatus.Done, Count: > 0 })
            Take(moved, result.Count, data[..result.Count]);
        else if (result.Status == BackendStatus.Failed)
            Take(BackendEventKind.Failed, 0, default);
        else if (result.Status is BackendStatus.Full or BackendStatus.Disconnected || (result.Status == BackendStatus.WouldBlock && moved == BackendEventKind.Accepted))
            Take(BackendEventKind.Refused, 0, default);
    }

    private void Take(BackendEventKind kind, int count, ReadOnlySpan<byte> data) => take(HopEventMaker.Of(new BackendEvent(vm, device, port, kind, count, 0), data));
}
