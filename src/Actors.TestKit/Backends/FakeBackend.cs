using System.Diagnostics.CodeAnalysis;
using System.Text;
using Actors.DeviceModel;

namespace Actors.TestKit;

/// <summary>
/// What is behind a port, played by the test: it records output, gives input that the test feeds, and is slow, full, failing or gone when told. It outlives restarts of
/// the port and of its node: whoever opens the port last has it. As it is made, it takes everything and has nothing to say. May be told things from any thread;
/// in the simulated world through <see cref="Machine.Backend"/>, while the world stands still.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Whoever opened the session closes it.")]
public sealed class FakeBackend
{
    private readonly Lock _lock = new();
    private readonly List<byte> _output = [];
    private readonly Queue<byte> _input = [];
    private Action<Action>? _act;
    private Session? _session;
    private BackendResult? _refusal;
    private int _atMost = int.MaxValue;
    private bool _isConnected = true;
    private bool _inputEnded;

    /// <summary>Everything that it has taken, in order.</summary>
    public byte[] Output
    {
        get
        {
            lock (_lock)
                return [.. _output];
        }
    }

    /// <summary>The same as text (UTF-8).</summary>
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>Bytes of input that nobody has taken yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _input.Count;
        }
    }

    /// <summary>Times that it was opened: once for each incarnation of the machine.</summary>
    public int Openings { get; private set; }

    /// <summary>Somebody outside types.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        Change(() =>
        {
            foreach (var one in copy)
                _input.Enqueue(one);
        });
    }

    /// <summary>Somebody outside types a text (UTF-8).</summary>
    public void Feed(string text) => Feed(Encoding.UTF8.GetBytes(text));

    /// <summary>The input is over, after what was fed.</summary>
    public void EndInput() => Change(() => _inputEnded = true);

    /// <summary>Nobody is there any more, as when a terminal hangs up.</summary>
    public void HangUp() => Change(() => _isConnected = false);

    /// <summary>Somebody is there again.</summary>
    public void Connect() => Change(() => _isConnected = true);

    /// <summary>Takes nothing until <see cref="TakeAgain"/>, as a reader that doesn't read: back-pressure.</summary>
    public void Stall() => Change(() => _refusal = new BackendResult(BackendStatus.WouldBlock));

    /// <summary>Takes at most so many bytes at a time.</summary>
    public void Slow(int bytes) => Change(() => _atMost = bytes);

    /// <summary>The disk behind it is full until <see cref="TakeAgain"/>.</summary>
    public void Fill() => Change(() => _refusal = new BackendResult(BackendStatus.Full, 0, "no space left on device"));

    /// <summary>It is broken for good.</summary>
    /// <param name="error">One line for a person.</param>
    public void Fail(string error = "input/output error") => Change(() => _refusal = new BackendResult(BackendStatus.Failed, 0, error));

    /// <summary>Takes everything again, as fast as it comes.</summary>
    public void TakeAgain() => Change(() =>
    {
        _refusal = null;
        _atMost = int.MaxValue;
    });

    /// <summary>How its machine lets something be done to it.</summary>
    internal void Bind(Action<Action> act) => _act = act;

    /// <summary>Somebody opens it; whoever had it has it no more.</summary>
    internal IPortBackend Open(IPortBackendEvents events)
    {
        lock (_lock)
        {
            Openings++;
            return _session = new Session(this, events);
        }
    }

    private void Change(Action change)
    {
        if (_act is { } act)
            act(Do);
        else
            Do();

        void Do()
        {
            lock (_lock)
            {
                change();
                _session?.Wake();
            }
        }
    }

    private sealed class Session(FakeBackend fake, IPortBackendEvents events) : IPortBackend
    {
        private BackendInterest _wanted;
        private bool _endTold;
        private bool _wasConnected = true;

        public string? Notice => null;

        public bool IsConnected
        {
            get
            {
                lock (fake._lock)
                    return fake._isConnected && Has;
            }
        }

        private bool Has => ReferenceEquals(fake._session, this);

        public BackendResult TryWrite(ReadOnlySpan<byte> data)
        {
            lock (fake._lock)
            {
                if (!Has)
                    return new BackendResult(BackendStatus.Failed, 0, "a later owner has it");
                if (!fake._isConnected)
                    return new BackendResult(BackendStatus.Disconnected);
                if (data.IsEmpty)
                    return new BackendResult(BackendStatus.Done);
                if (fake._refusal is { } refusal)
                    return refusal;
                var count = Math.Min(data.Length, Math.Max(1, fake._atMost));
                fake._output.AddRange(data[..count]);
                return new BackendResult(BackendStatus.Done, count);
            }
        }

        public BackendResult TryRead(Span<byte> destination)
        {
            lock (fake._lock)
            {
                if (!Has)
                    return new BackendResult(BackendStatus.Failed, 0, "a later owner has it");
                var count = Math.Min(destination.Length, fake._input.Count);
                for (var i = 0; i < count; i++)
                    destination[i] = fake._input.Dequeue();
                if (count > 0)
                    return new BackendResult(BackendStatus.Done, count);
                if (!fake._isConnected)
                    return new BackendResult(BackendStatus.Disconnected);
                if (!fake._inputEnded || destination.IsEmpty)
                    return new BackendResult(BackendStatus.WouldBlock);
                _endTold = true;
                return new BackendResult(BackendStatus.EndOfInput);
            }
        }

        public void Arm(BackendInterest interest)
        {
            lock (fake._lock)
            {
                _wanted = interest;
                Wake();
            }
        }

        public void Dispose()
        {
            lock (fake._lock)
            {
                _wanted = BackendInterest.None;
                if (Has)
                    fake._session = null;
            }
        }

        /// <summary>Says what is worth trying. Called with the lock held.</summary>
        public void Wake()
        {
            var ready = BackendInterest.None;
            if (fake._input.Count > 0 || (fake._inputEnded && !_endTold))
                ready |= BackendInterest.Read;
            if (fake._isConnected && fake._refusal is null)
                ready |= BackendInterest.Write;
            if (fake._isConnected != _wasConnected)
            {
                // A coming and a going are news for whoever waits, whatever for.
                _wasConnected = fake._isConnected;
                ready = _wanted;
            }

            ready &= _wanted;
            if (ready == BackendInterest.None)
                return;
            _wanted &= ~ready;
            events.Signal(ready);
        }
    }
}
