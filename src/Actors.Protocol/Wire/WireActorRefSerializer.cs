using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Hyperion;
using Serialization = Akka.Serialization.Serialization;

namespace Actors.Protocol;

/// <summary>
/// An actor reference as its path, found again by the receiving system's provider. (What Akka's surrogate does, without its open family of surrogate
/// types.) Nobody is the empty path.
/// </summary>
internal sealed class WireActorRefSerializer(ExtendedActorSystem system, ushort number) : NumberedSerializer(number)
{
    public override void WriteValue(Stream stream, object value, SerializerSession session)
    {
        var reference = (IActorRef)value;
        var path = reference.IsNobody() ? [] : Encoding.UTF8.GetBytes(Serialization.SerializedActorPath(reference));
        if (path.Length > WireLimits.MaxActorPathBytes)
            throw new SerializationException($"An actor path of {path.Length} bytes is longer than {WireLimits.MaxActorPathBytes}.");

        WriteUInt16(stream, (ushort)path.Length);
        stream.Write(path);
    }

    public override object ReadValue(Stream stream, DeserializerSession session)
    {
        var path = new byte[ReadUInt16(stream)];
        stream.ReadExactly(path);
        return path.Length == 0 ? ActorRefs.Nobody : system.Provider.ResolveActorRef(Encoding.UTF8.GetString(path));
    }

    public override Type GetElementType() => typeof(IActorRef);
}
