using System.Text;
using Actors.Guest;

namespace Actors.TestKit;

/// <summary>Something that a guest was asked to do.</summary>
public class GuestOrder
{
    private readonly Func<GuestSession, GuestTask> _work;
    private volatile bool _isDone;

    internal GuestOrder(string name, Func<GuestSession, GuestTask> work)
    {
        Name = name;
        _work = work;
    }

    /// <summary>What it is, for messages.</summary>
    public string Name { get; }

    /// <summary>Whether the guest is through with it, or a reset has taken it away.</summary>
    public bool IsDone => _isDone;

    /// <summary>What it ended with, or null.</summary>
    internal Exception? Failure { get; private set; }

    internal GuestTask Run(GuestSession guest) => _work(guest);

    internal void End(Exception? failure)
    {
        Failure = failure;
        _isDone = true;
    }
}

/// <summary>A guest was asked to read from a port.</summary>
public sealed class GuestRead : GuestOrder
{
    private readonly byte[] _bytes;

    internal GuestRead(int bytes, int port, int device)
        : this(new byte[bytes], port, device)
    {
    }

    private GuestRead(byte[] bytes, int port, int device)
        : base($"reading {bytes.Length} bytes from port {port}", guest => Read(guest, bytes, port, device)) => _bytes = bytes;

    /// <summary>What was read; zeros where it isn't yet.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The same as text (UTF-8).</summary>
    public string Text => Encoding.UTF8.GetString(_bytes);

    private static async GuestTask Read(GuestSession guest, byte[] bytes, int port, int device)
    {
        for (var filled = 0; filled < bytes.Length;)
        {
            var count = await guest.Port(port, device).Read(bytes.AsMemory(filled));
            if (count == 0)
                throw new InvalidOperationException($"the port was closed after {filled} of {bytes.Length} bytes");
            filled += count;
        }
    }
}
