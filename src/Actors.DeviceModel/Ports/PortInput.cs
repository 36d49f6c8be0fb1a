using System.Buffers;

namespace Actors.DeviceModel;

/// <summary>
/// A port's way in: reads from the backend only what the guest has room for, and keeps it until the guest has it. So input is never
/// read and thrown away: a reset of the device finds it here. Positions count from the first byte that the backend ever gave.
/// </summary>
internal sealed class PortInput(IPortBackend backend)
{
    /// <summary>Bytes held at most.</summary>
    public const int MaxHeld = 64 * 1024;

    private byte[]? _buffer;

    /// <summary>Bytes that the guest has.</summary>
    public long Delivered { get; private set; }

    /// <summary>Bytes read that the guest does not have yet.</summary>
    public int Held { get; private set; }

    /// <summary>Where the held bytes are; they stay there until delivered.</summary>
    public byte[] Buffer => _buffer ?? [];

    /// <summary>Index in <see cref="Buffer"/> of the first held byte.</summary>
    public int Start { get; private set; }

    /// <summary>True when the backend's input is over for good.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>True when the backend said, at the last try, that nobody is there.</summary>
    public bool IsDisconnected { get; private set; }

    /// <summary>What to wait for.</summary>
    public BackendInterest Interest { get; private set; }

    /// <summary>Why the input failed, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>Goes on where a port at another node was.</summary>
    public void Restore(long delivered) => Delivered = delivered;

    /// <summary>The guest has everything before this position.</summary>
    public void Acknowledge(long delivered)
    {
        var count = (int)Math.Clamp(delivered - Delivered, 0, Held);
        Delivered += count;
        Start += count;
        Held -= count;
        if (Held == 0)
            Release();
    }

    /// <summary>Makes bytes available for a guest that has room for <paramref name="credit"/> of them; gives how many.</summary>
    public int Fill(int credit)
    {
        Interest = BackendInterest.None;
        if (credit <= 0)
            return 0;
        if (Held == 0 && !HasEnded)
            Read(Math.Min(credit, MaxHeld));
        return Math.Min(credit, Held);
    }

    private void Read(int count)
    {
        _buffer = ArrayPool<byte>.Shared.Rent(count);
        Start = 0;
        var result = backend.TryRead(_buffer.AsSpan(0, count));
        IsDisconnected = result.Status == BackendStatus.Disconnected;
        switch (result.Status)
        {
            case BackendStatus.Done when result.Count > 0:
                Held = Math.Min(result.Count, count);
                return;
            case BackendStatus.Done:
            case BackendStatus.WouldBlock:
                Interest = BackendInterest.Read;
                break;
            case BackendStatus.Disconnected:
                // Whoever comes next is read from again; until then nothing asks, so a hang-up is no busy loop.
                Interest = BackendInterest.Connect;
                break;
            case BackendStatus.EndOfInput:
                HasEnded = true;
                break;
            default:
                HasEnded = true;
                Error = result.Error ?? "the backend's input failed";
                break;
        }

        Release();
    }

    private void Release()
    {
        if (_buffer is null)
            return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        Start = 0;
    }
}
