using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Actors.Cluster;

/// <summary>
/// The few pages of a node: <c>/metrics</c>, <c>/health/live</c>, <c>/health/ready</c>, <c>/inspect</c>. Understands one short GET or HEAD for each connection and closes it, so that
/// whatever else is sent costs a bounded amount of memory and time. When all seats are taken, a newcomer gets the seat of whoever has been silent longest: a health check is answered
/// however many hold connections open and say nothing.
/// </summary>
internal sealed class NodeHttp : IAsyncDisposable
{
    /// <summary>Seats: connections at a time.</summary>
    public const int MaxConnections = 32;

    private const int MaxRequestBytes = 8 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Between two attempts to accept when the first failed: most likely no descriptor is left, and asking at once would only burn the processor.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener _listener;
    private readonly Func<string, ValueTask<HttpAnswer>> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _seats = new(MaxConnections);
    private readonly Lock _gate = new();

    /// <summary>Connections without a request yet, the eldest first.</summary>
    private readonly LinkedList<TcpClient> _silent = [];
    private readonly TimeSpan _patience;
    private readonly Task _loop;

    private NodeHttp(TcpListener listener, Func<string, ValueTask<HttpAnswer>> answer, TimeSpan patience)
    {
        _patience = patience;
        _listener = listener;
        _answer = answer;
        _loop = AcceptAsync();
    }

    /// <summary>The port.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Listens.</summary>
    /// <param name="host">Name or address to bind to.</param>
    /// <param name="port">Port, 0 for any.</param>
    /// <param name="answer">From a path to an answer; called on any thread.</param>
    /// <param name="patience">How long a connection may take in all; null: five seconds.</param>
    /// <exception cref="NodeStartException">The port can't be had.</exception>
    public static NodeHttp Start(string host, int port, Func<string, ValueTask<HttpAnswer>> answer, TimeSpan? patience = null)
    {
        try
        {
            var address = IPAddress.TryParse(host, out var parsed) ? parsed : Dns.GetHostAddresses(host, AddressFamily.InterNetwork)[0];
            var listener = new TcpListener(address, port);
            listener.Start(MaxConnections);
            return new NodeHttp(listener, answer, patience ?? Patience);
        }
        catch (SocketException taken)
        {
            throw new NodeStartException($"{host}:{port} can't be listened on for metrics: {taken.Message.TrimEnd('.')}; take another --http, or off", taken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _loop;
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                if (await HasSeatAsync(client))
                    _ = ServeAsync(client);
            }
            catch (SocketException)
            {
                // The edge: nobody says when there are descriptors again.
                await Task.WhenAny(Task.Delay(Breath, _end.Token));
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                // The loop's condition tells whether it is over.
            }
        }
    }

    /// <summary>Waits for a seat, at most as long as answers that are being written take. False: it is over.</summary>
    private async Task<bool> HasSeatAsync(TcpClient client)
    {
        try
        {
            if (!await _seats.WaitAsync(0, _end.Token))
            {
                EndEldestSilence();
                await _seats.WaitAsync(_end.Token);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            client.Dispose();
            return false;
        }
    }

    private void EndEldestSilence()
    {
        lock (_gate)
        {
            if (_silent.First is not { } eldest)
                return;
            _silent.Remove(eldest);

            // Its reader fails, and gives the seat back.
            eldest.Value.Dispose();
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var _ = client;
            using var late = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
            late.CancelAfter(_patience);
            var stream = client.GetStream();
            if (await HearAsync(client, stream, late.Token) is not { } request)
                return;
            var isHead = request.StartsWith("HEAD ", StringComparison.Ordinal);
            var answer = await AnswerToAsync(request);
            var body = Encoding.UTF8.GetBytes(answer.Body);
            var head = $"HTTP/1.1 {answer.Status}\r\nContent-Type: {answer.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), late.Token);
            if (!isHead)
                await stream.WriteAsync(body, late.Token);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // It left, was too slow, or lost its seat.
        }
        finally
        {
            _seats.Release();
        }
    }

    private async Task<string?> HearAsync(TcpClient client, NetworkStream stream, CancellationToken late)
    {
        var place = new LinkedListNode<TcpClient>(client);
        lock (_gate)
            _silent.AddLast(place);
        try
        {
            return await ReadAsync(stream, late);
        }
        finally
        {
            lock (_gate)
            {
                if (place.List is not null)
                    _silent.Remove(place);
            }
        }
    }

    /// <summary>The head of a request, or null when there is none of a sensible size.</summary>
    private static async Task<string?> ReadAsync(NetworkStream stream, CancellationToken late)
    {
        var buffer = new byte[MaxRequestBytes];
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), late);
            if (read == 0)
                return null;
            length += read;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
                return Encoding.ASCII.GetString(buffer, 0, length);
        }

        return null;
    }

    private ValueTask<HttpAnswer> AnswerToAsync(string request)
    {
        var words = request[..request.IndexOf('\r', StringComparison.Ordinal)].Split(' ');
        if (words is not [_, var path, "HTTP/1.0" or "HTTP/1.1"])
            return ValueTask.FromResult(HttpAnswer.Text("400 Bad Request", "not HTTP\n"));
        return words[0] is "GET" or "HEAD" ? _answer(path.Split('?')[0]) : ValueTask.FromResult(HttpAnswer.Text("405 Method Not Allowed", "GET only\n"));
    }
}

/// <summary>What a page says.</summary>
internal sealed record HttpAnswer(string Status, string ContentType, string Body)
{
    /// <summary>A line of text.</summary>
    public static HttpAnswer Text(string status, string body) => new(status, "text/plain; charset=utf-8", body);
}
