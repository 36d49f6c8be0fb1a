using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>
/// Between a console device and the actor of one of its ports, which live side by side: bytes go by reference. Who sends bytes leaves them
/// alone until the other side's counter has passed them; a receiver looks at counters before it looks at bytes. So a lost, repeated or
/// late message changes nothing: counters only rise, and whoever waits for one to rise asks again.
/// An epoch is the port's: it begins with each reset of the device or of the port's transmit queue.
/// An incarnation is the device's: it begins with each restart of the device's actor. The new one says so (<see cref="Resume"/>), the port answers with its
/// counters, and only then anything else goes on: the stream from where the used ring ends, of which the port drops what it has; input from where
/// the guest's ends. From then on the port takes nothing of an earlier incarnation, and the device nothing that was said to one.
/// </summary>
internal static class PortHop
{
    /// <summary>Device to port: bytes of the guest.</summary>
    /// <param name="Epoch">Of the port.</param>
    /// <param name="Offset">Position of the first byte in this epoch.</param>
    /// <param name="Bytes">Not touched by the device until accepted.</param>
    /// <param name="Length">Bytes of it.</param>
    /// <param name="Incarnation">Of the device.</param>
    public sealed record Write(uint Epoch, long Offset, byte[] Bytes, int Length, int Incarnation = 0);

    /// <summary>Device to port: leave to send input once, and what the device has seen. Also begins an epoch, and asks for <see cref="Status"/>.</summary>
    /// <param name="Epoch">Of the port; a higher one than before begins it.</param>
    /// <param name="Number">Counts grants, over all epochs; a repeated grant has its number again.</param>
    /// <param name="Delivered">Position before which the guest has all input, over all epochs.</param>
    /// <param name="Credit">Bytes that the port may send, once; 0 for none.</param>
    /// <param name="Probe">Comes back in the next status.</param>
    /// <param name="OpenSeen">Latest <see cref="Status.OpenChange"/> that the device knows.</param>
    /// <param name="Incarnation">Of the device.</param>
    public sealed record Grant(uint Epoch, uint Number, long Delivered, int Credit, uint Probe, uint OpenSeen, int Incarnation = 0);

    /// <summary>Device to port: one emergency write. Numbers count from 1.</summary>
    public sealed record Emergency(long Number, byte Value, int Incarnation = 0);

    /// <summary>Device to port: a new incarnation of the device takes over. Answered by <see cref="Status"/>; repeated until then.</summary>
    /// <param name="Incarnation">Of the device; a higher one than before ends the earlier.</param>
    /// <param name="Epoch">Of the port.</param>
    /// <param name="Delivered">Position before which the guest has all input.</param>
    /// <param name="OpenSeen">Latest <see cref="Status.OpenChange"/> that the device knows.</param>
    /// <param name="IsForgotten">The device has lost its record: the port begins a new epoch, and says where it is.</param>
    public sealed record Resume(int Incarnation, uint Epoch, long Delivered, uint OpenSeen, bool IsForgotten = false);

    /// <summary>Port to device: input, in answer to a grant. Repeated while no later grant comes.</summary>
    /// <param name="Port">Which.</param>
    /// <param name="Epoch">Of the port.</param>
    /// <param name="Number">Of the grant.</param>
    /// <param name="Offset">Position of the first byte, over all epochs.</param>
    /// <param name="Bytes">Not touched by the port until delivered.</param>
    /// <param name="Start">Index of the first byte.</param>
    /// <param name="Length">Bytes.</param>
    /// <param name="Incarnation">Of the device that gave the grant.</param>
    public sealed record Input(int Port, uint Epoch, uint Number, long Offset, byte[] Bytes, int Start, int Length, int Incarnation = 0);

    /// <summary>Port to device: all its counters. A later revision replaces an earlier one.</summary>
    /// <param name="Port">Which.</param>
    /// <param name="Revision">Counts statuses.</param>
    /// <param name="Epoch">The epoch that the next two belong to.</param>
    /// <param name="Received">Bytes taken of this epoch.</param>
    /// <param name="Accepted">Bytes of this epoch whose buffers the guest may have back.</param>
    /// <param name="Grant">Latest grant seen.</param>
    /// <param name="Probe">Latest probe seen.</param>
    /// <param name="EmergencyTaken">Latest emergency write taken.</param>
    /// <param name="IsOpen">Whether somebody is at the other end.</param>
    /// <param name="OpenChange">Counts changes of <paramref name="IsOpen"/>.</param>
    /// <param name="OpenSeen">The latest change that the port knows to be seen.</param>
    /// <param name="IsOver">Whether nothing comes any more: the backend's input has ended for good and the guest has all of it, or its output failed for good.</param>
    /// <param name="Incarnation">The latest of the device that the port knows.</param>
    /// <param name="Lives">Restarts of the port: after one, what was on its way to it may be lost.</param>
    /// <param name="Delivered">Position of the first byte of input that it has or will have, over all epochs.</param>
    /// <param name="Counts">Where its output is, for a port that goes on at another node.</param>
    public sealed record Status(
        int Port,
        ulong Revision,
        uint Epoch,
        long Received,
        long Accepted,
        uint Grant,
        uint Probe,
        long EmergencyTaken,
        bool IsOpen,
        uint OpenChange,
        uint OpenSeen,
        bool IsOver,
        int Incarnation = 0,
        int Lives = 0,
        long Delivered = 0,
        PortCounts Counts = default);

    /// <summary>Port to device: the size of the terminal at the backend.</summary>
    public sealed record Sized(int Port, ushort Cols, ushort Rows);

    /// <summary>Device to port: the node leaves. Read no more input, and tell each time that the backend took something. Answered by <see cref="Status"/>; may be repeated.</summary>
    public sealed record Drain
    {
        /// <summary>The one there is.</summary>
        public static readonly Drain Instance = new();
    }

    /// <summary>Device to port: its backend goes on with a higher token, if it has one. May be repeated.</summary>
    public sealed record Raise(FencingToken Fence);

    /// <summary>Device to port: flush within a bounded time, close the backend, answer <see cref="Closed"/>. May be repeated.</summary>
    /// <param name="Delivered">As in <see cref="Grant"/>: the last that the port hears, so that its report is right when the last grant was lost.</param>
    public sealed record Close(long Delivered);

    /// <summary>Port to device: the backend is closed. The port's actor stays until its parent stops it, to say so again.</summary>
    public sealed record Closed(int Port, PortReport Report);
}
