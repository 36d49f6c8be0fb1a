using Akka.Configuration;

namespace Actors.Protocol;

/// <summary>The part of an actor system's configuration that binds wire messages to their serializer, and gives them room in a frame: Akka.Remote's standard is 128,000 bytes.</summary>
public static class WireConfiguration
{
    /// <summary>As HOCON text; a fallback for a system's own configuration.</summary>
    public const string Hocon =
        """
        akka.actor {
          serializers.actors-wire = "Actors.Protocol.HyperionWireSerializer, Actors.Protocol"
          serialization-identifiers { "Actors.Protocol.HyperionWireSerializer, Actors.Protocol" = 1702 }
          serialization-bindings { "Actors.Protocol.IWireMessage, Actors.Protocol" = actors-wire }
        }
        akka.remote.dot-netty.tcp { maximum-frame-size = 1500000b, send-buffer-size = 3m, receive-buffer-size = 3m }
        """;

    /// <summary>Parsed.</summary>
    public static Config Default { get; } = ConfigurationFactory.ParseString(Hocon);
}
