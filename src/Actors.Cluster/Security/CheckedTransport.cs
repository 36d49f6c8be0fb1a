using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;
using Google.Protobuf;

namespace Actors.Cluster;

/// <summary>Has nodes check what they say to each other; named in <see cref="NodeSettings"/>.</summary>
public sealed class CheckedTransportProvider : ITransportAdapterProvider
{
    /// <inheritdoc/>
    public Transport Create(Transport wrappedTransport, ExtendedActorSystem system)
    {
        HandshakeShelter.Give(wrappedTransport, system);
        return new CheckedTransport(wrappedTransport, system);
    }
}

/// <summary>
/// Puts a CRC-32C behind every frame between nodes, and lets a frame whose sum is wrong end its connection, unread. TCP's own sum is weak and ends at each proxy and network card on the way; a
/// damaged gossip or token that is believed is worse than a lost one, since nobody says it again.
/// </summary>
[SuppressMessage("Naming", "CA1725", Justification = "Akka's names.")]
internal sealed class CheckedTransport : Transport
{
    private readonly Transport _inner;
    private readonly ILoggingAdapter _log;

    public CheckedTransport(Transport inner, ExtendedActorSystem system)
    {
        _inner = inner;
        _log = Logging.GetLogger(system, typeof(CheckedTransport));
        System = system;
        Config = inner.Config;
        SchemeIdentifier = inner.SchemeIdentifier;
    }

    /// <inheritdoc/>
    public override long MaximumPayloadBytes => _inner.MaximumPayloadBytes - CheckedFrame.SumBytes;

    /// <inheritdoc/>
    public override async Task<(Address, TaskCompletionSource<IAssociationEventListener>)> Listen()
    {
        var (address, inner) = await _inner.Listen().ConfigureAwait(false);
        var outer = new TaskCompletionSource<IAssociationEventListener>();
        CheckedHandle.Pass(outer.Task, inner, listener => new Associations(listener, _log));
        return (address, outer);
    }

    /// <inheritdoc/>
    public override bool IsResponsibleFor(Address remote) => _inner.IsResponsibleFor(remote);

    /// <inheritdoc/>
    public override async Task<AssociationHandle> Associate(Address remoteAddress) => new CheckedHandle(await _inner.Associate(remoteAddress).ConfigureAwait(false), _log);

    /// <inheritdoc/>
    public override Task<bool> Shutdown() => _inner.Shutdown();

    /// <inheritdoc/>
    public override Task<bool> ManagementCommand(object message) => _inner.ManagementCommand(message);

    private sealed class Associations(IAssociationEventListener listener, ILoggingAdapter log) : IAssociationEventListener
    {
        public void Notify(IAssociationEvent ev) => listener.Notify(ev is InboundAssociation inbound ? new InboundAssociation(new CheckedHandle(inbound.Association, log)) : ev);
    }
}

/// <summary>A connection whose frames carry sums.</summary>
internal sealed class CheckedHandle : AssociationHandle
{
    private readonly AssociationHandle _inner;
    private readonly ILoggingAdapter _log;

    public CheckedHandle(AssociationHandle inner, ILoggingAdapter log)
        : base(inner.LocalAddress, inner.RemoteAddress)
    {
        _inner = inner;
        _log = log;
        ReadHandlerSource = new TaskCompletionSource<IHandleEventListener>();
        Pass(ReadHandlerSource.Task, inner.ReadHandlerSource, listener => new Events(this, listener));
    }

    /// <inheritdoc/>
    public override bool Write(ByteString payload) => _inner.Write(CheckedFrame.Seal(payload));

    /// <inheritdoc/>
    [Obsolete("Akka's")]
    public override void Disassociate() => _inner.Disassociate();

    /// <summary>Who is known here will be known there, as something else.</summary>
    public static void Pass<T>(Task<T> from, TaskCompletionSource<T> to, Func<T, T> wrap) => from.ContinueWith(
        done =>
        {
            if (done.IsCompletedSuccessfully)
                to.TrySetResult(wrap(done.Result));
            else if (done.IsCanceled)
                to.TrySetCanceled();
            else
                to.TrySetException(done.Exception!.InnerExceptions);
        },
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    private sealed class Events(CheckedHandle connection, IHandleEventListener listener) : IHandleEventListener
    {
        private bool _isBroken;

        public void Notify(IHandleEvent ev)
        {
            if (ev is not InboundPayload frame)
            {
                listener.Notify(ev);
            }
            else if (!_isBroken && CheckedFrame.TryOpen(frame.Payload, out var payload))
            {
                listener.Notify(new InboundPayload(payload));
            }
            else if (!_isBroken)
            {
                // What follows it can't be trusted to begin where it seems to.
                _isBroken = true;
                connection._log.Warning("A frame from {0} is damaged, or of a build without sums; the connection is ended", connection.RemoteAddress);
                connection._inner.Disassociate("a damaged frame", connection._log);
            }
        }
    }
}

/// <summary>A frame and its sum: four bytes of CRC-32C (Castagnoli), little endian, behind the payload.</summary>
internal static class CheckedFrame
{
    /// <summary>Bytes of the sum.</summary>
    public const int SumBytes = sizeof(uint);

    /// <summary>The payload with its sum.</summary>
    public static ByteString Seal(ByteString payload)
    {
        var frame = new byte[payload.Length + SumBytes];
        payload.Span.CopyTo(frame);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(payload.Length), SumOf(payload.Span));
        return UnsafeByteOperations.UnsafeWrap(frame);
    }

    /// <summary>The payload of a frame; false when its sum is wrong.</summary>
    public static bool TryOpen(ByteString frame, out ByteString payload)
    {
        payload = ByteString.Empty;
        var length = frame.Length - SumBytes;
        if (length < 0 || BinaryPrimitives.ReadUInt32LittleEndian(frame.Span[length..]) != SumOf(frame.Span[..length]))
            return false;
        payload = UnsafeByteOperations.UnsafeWrap(frame.Memory[..length]);
        return true;
    }

    private static uint SumOf(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
            sum = BitOperations.Crc32C(sum, word);
        foreach (var one in bytes[(words.Length * sizeof(ulong))..])
            sum = BitOperations.Crc32C(sum, one);
        return ~sum;
    }
}
