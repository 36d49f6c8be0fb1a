using System.Net;
using System.Net.Sockets;

namespace Actors.Scenarios;

/// <summary>
/// Stands before a receiver and passes on so many bytes of what comes; then it holds everything back until it is opened. So a transfer is in its middle for as long as a test wants, however fast the machine is and
/// whoever gets the processor. What the receiver answers passes always.
/// </summary>
internal sealed class HoldingRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private long _left;

    /// <summary>Begins to listen, at any free port.</summary>
    /// <param name="target">Where the receiver listens.</param>
    /// <param name="bytes">What passes before all is held back.</param>
    public HoldingRelay(IPEndPoint target, long bytes)
    {
        (_target, _left) = (target, bytes);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address => _listener.LocalEndPoint!.ToString()!;

    /// <summary>Done when so many bytes have passed and no more does.</summary>
    public Task Held => _held.Task;

    /// <summary>Everything passes from now on.</summary>
    public void Open() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var served = new List<Task>();
        try
        {
            while (true)
                served.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(served);
        }
    }

    private async Task ServeAsync(Socket writer)
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using (writer)
        {
            try
            {
                await receiver.ConnectAsync(_target, _stop.Token);
                await Task.WhenAll(PassAsync(writer, receiver, isHeld: true), PassAsync(receiver, writer, isHeld: false));
            }
            catch (Exception over) when (over is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // An end died, or the test is over.
            }
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool isHeld)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is var count and > 0)
            {
                var first = isHeld ? (int)Math.Min(count, Math.Max(0, Interlocked.Add(ref _left, -count) + count)) : count;
                await SendAsync(to, buffer.AsMemory(0, first));
                if (first == count)
                    continue;
                _held.TrySetResult();
                await _open.Task.WaitAsync(_stop.Token);
                await SendAsync(to, buffer.AsMemory(first, count - first));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException)
        {
            // What broke on one side breaks on the other.
            from.Dispose();
            to.Dispose();
            throw;
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await to.SendAsync(bytes, _stop.Token)..];
    }
}
