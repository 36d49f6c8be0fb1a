using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace Actors.Cluster;

/// <summary>
/// Stands where Akka would take serializers that make objects of whatever type the bytes name (JSON, generic protobuf, remote deployment): between nodes
/// nothing is written or read that isn't on a closed list.
/// </summary>
public sealed class RefusedSerializer : Serializer
{
    /// <summary>What Akka calls.</summary>
    public RefusedSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    /// <summary>What Akka calls where the serializer that it stands for has settings.</summary>
    public RefusedSerializer(ExtendedActorSystem system, Config settings)
        : base(system) => _ = settings;

    /// <inheritdoc/>
    public override int Identifier => 1700;

    /// <inheritdoc/>
    public override bool IncludeManifest => false;

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj?.GetType()} doesn't cross between nodes.");

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException("Bytes of a serializer that isn't used between nodes.");
}
