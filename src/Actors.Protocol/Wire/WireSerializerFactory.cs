using System.Collections.Concurrent;
using System.Runtime.Serialization;
using Akka.Actor;
using Hyperion;
using Hyperion.SerializerFactories;
using Hyperion.ValueSerializers;

namespace Actors.Protocol;

/// <summary>Tells Hyperion how to treat arrays and actor references, and takes every type outside the closed list in order to refuse it.</summary>
internal sealed class WireSerializerFactory(ExtendedActorSystem system) : ValueSerializerFactory
{
    public override bool CanSerialize(Serializer serializer, Type type) =>
        !WireTypes.TryNumber(type, out _) || WireArray.ElementOf(type) is not null || typeof(IActorRef).IsAssignableFrom(type);

    public override bool CanDeserialize(Serializer serializer, Type type) => CanSerialize(serializer, type);

    public override ValueSerializer BuildSerializer(Serializer serializer, Type type, ConcurrentDictionary<Type, ValueSerializer> typeMapping)
    {
        if (!WireTypes.TryNumber(type, out var number))
            throw new SerializationException($"{type} isn't a type of the wire.");

        return typeMapping.GetOrAdd(type, _ => WireArray.ElementOf(type) is { } element
            ? element == typeof(byte) ? new WireBytesSerializer(number) : (ValueSerializer)Activator.CreateInstance(typeof(WireArraySerializer<>).MakeGenericType(element), serializer, number)!
            : new WireActorRefSerializer(system, number));
    }
}
