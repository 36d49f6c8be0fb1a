using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>
/// An eventfd between the HSM and a listener: a counter that only grows, and a credit of signals on their way. Beyond the credit a signal only raises the
/// counter, which leaves with the next one; so a guest that rings without end fills nobody's mailbox (H9).
/// </summary>
internal sealed class Doorbell
{
    private bool _young;
    private int _onTheirWay;

    /// <param name="cookie">Its name in the VM.</param>
    /// <param name="listener">Who hears it.</param>
    /// <param name="count">Where the counter starts: never below an earlier doorbell's of this VM, so a listener can tell old signals from new.</param>
    public Doorbell(ulong cookie, object listener, ulong count)
    {
        Cookie = cookie;
        Listener = listener;
        Count = Sent = Acknowledged = count;
    }

    public ulong Cookie { get; }

    public object Listener { get; }

    /// <summary>Entries of the ioeventfd table that ring it.</summary>
    public int Entries { get; set; }

    /// <summary>The eventfd's counter; it stands still at its end instead of wrapping.</summary>
    public ulong Count { get; private set; }

    /// <summary>The counter in the last signal that left.</summary>
    public ulong Sent { get; private set; }

    /// <summary>The counter that the listener has handled.</summary>
    public ulong Acknowledged { get; private set; }

    /// <summary>True while the listener owes an acknowledgement.</summary>
    public bool IsOutstanding => Acknowledged != Count;

    /// <summary>Rings. True when a signal is to leave.</summary>
    public bool Ring()
    {
        if (Count < HsmSpec.MaxEventfdCount)
            Count++;

        return _onTheirWay < VmLimits.DoorbellCredit && Leave();
    }

    /// <summary>The listener has handled everything up to <paramref name="count"/>. True when a signal with what gathered meanwhile is to leave.</summary>
    /// <param name="count">What the listener says.</param>
    /// <param name="known">False when no signal ever said so.</param>
    public bool Acknowledge(ulong count, out bool known)
    {
        known = count <= Sent;
        if (!known || count <= Acknowledged)
            return false;

        // Signals with a counter between the two may still be on their way: at most one each, and never more than were.
        ulong between = Sent - count;
        if (between < (ulong)_onTheirWay)
            _onTheirWay = (int)between;
        Acknowledged = count;
        _young = true;

        return Count != Sent && _onTheirWay < VmLimits.DoorbellCredit && Leave();
    }

    /// <summary>A retry period is over. True when the last signal is to leave again: nothing came or went during the whole period, and an answer is due.</summary>
    public bool Age()
    {
        if (!IsOutstanding)
            return false;

        if (_young)
        {
            _young = false;
            return false;
        }

        Sent = Count;
        return true;
    }

    /// <summary>A reset: what the listener hasn't heard belongs to the old epoch and is forgotten.</summary>
    public void Forget()
    {
        Sent = Acknowledged = Count;
        _onTheirWay = 0;
        _young = false;
    }

    private bool Leave()
    {
        Sent = Count;
        _onTheirWay++;
        _young = true;
        return true;
    }
}
