using System.Buffers.Binary;
using System.Runtime.Serialization;
using Akka.Actor;
using Hyperion;
using AkkaSerializer = Akka.Serialization.Serializer;
using HyperionSerializer = Hyperion.Serializer;

namespace Actors.Protocol;

/// <summary>
/// Wire messages between nodes, by Hyperion over a closed list of types. Bytes: fingerprint of the list (4), then Hyperion's with known types, version tolerance and object
/// references off. A message outside the list, and bytes that are cut short, too long, followed by others, from another build or not a message at all, end in
/// a <see cref="SerializationException"/>, before anything is allocated for them; any other exception would cost the connection.
/// </summary>
public sealed class HyperionWireSerializer : AkkaSerializer
{
    private const int FingerprintBytes = sizeof(uint);

    [ThreadStatic]
    private static Scratch? _scratch;

    // Generating code for all types takes a while, and most systems never leave their process.
    private readonly Lazy<HyperionSerializer> _hyperion;

    /// <summary>What Akka calls.</summary>
    public HyperionWireSerializer(ExtendedActorSystem system)
        : base(system) =>
        _hyperion = new Lazy<HyperionSerializer>(() => new HyperionSerializer(new SerializerOptions(
            versionTolerance: false,
            preserveObjectReferences: false,
            surrogates: [],
            serializerFactories: [new WireSerializerFactory(system)],
            knownTypes: WireTypes.All,
            ignoreISerializable: true,
            packageNameOverrides: [],
            disallowUnsafeTypes: true,
            typeFilter: new WireTypeFilter())));

    /// <inheritdoc/>
    public override int Identifier => 1702;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj)
    {
        if (obj is not IWireMessage || !WireTypes.TryNumber(obj.GetType(), out _))
            throw new SerializationException($"{obj?.GetType().ToString() ?? "null"} isn't a wire message.");

        var scratch = ScratchOfThisThread();
        try
        {
            var stream = scratch.Output;
            stream.SetLength(0);
            WriteFingerprint(stream);
            _hyperion.Value.Serialize(obj, stream, scratch.Writing);
            return stream.Length <= WireLimits.MaxMessageBytes
                ? stream.ToArray()
                : throw new SerializationException($"{obj.GetType()} of {stream.Length} bytes is larger than {WireLimits.MaxMessageBytes}.");
        }
        catch (Exception cause)
        {
            _scratch = null;
            throw cause as SerializationException ?? new SerializationException($"{obj.GetType()} can't be written: {cause.Message}", cause);
        }
    }

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type)
    {
        Check(bytes);
        try
        {
            using var stream = new MemoryStream(bytes, FingerprintBytes, bytes.Length - FingerprintBytes, writable: false);
            return _hyperion.Value.Deserialize(stream, ScratchOfThisThread().Reading);
        }
        catch (Exception cause)
        {
            _scratch = null;
            throw cause as SerializationException ?? new SerializationException($"A message can't be read: {cause.Message}", cause);
        }
    }

    private static void Check(byte[] bytes)
    {
        if (bytes is null || bytes.Length < FingerprintBytes)
            throw new SerializationException("A message is too short to be one.");
        if (bytes.Length > WireLimits.MaxMessageBytes)
            throw new SerializationException($"A message of {bytes.Length} bytes is larger than {WireLimits.MaxMessageBytes}.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes) != WireSchema.Instance.Fingerprint)
            throw new SerializationException("A message comes from a build with other wire types.");
        if (!WireSchema.Instance.IsMessage(bytes.AsSpan(FingerprintBytes)))
            throw new SerializationException("Bytes aren't one whole message of a known type.");
    }

    private static void WriteFingerprint(MemoryStream stream)
    {
        Span<byte> fingerprint = stackalloc byte[FingerprintBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(fingerprint, WireSchema.Instance.Fingerprint);
        stream.Write(fingerprint);
    }

    private Scratch ScratchOfThisThread()
    {
        var scratch = _scratch;
        if (scratch is null || scratch.Owner != this)
            _scratch = scratch = new Scratch(this, _hyperion.Value);
        return scratch;
    }

    /// <summary>What a thread keeps between messages. Without object references and with known types only, a session has no memory but its buffer.</summary>
    private sealed class Scratch(HyperionWireSerializer owner, HyperionSerializer hyperion)
    {
        public HyperionWireSerializer Owner => owner;

        public MemoryStream Output { get; } = new();

        public SerializerSession Writing { get; } = hyperion.GetSerializerSession();

        public DeserializerSession Reading { get; } = hyperion.GetDeserializerSession();
    }
}
