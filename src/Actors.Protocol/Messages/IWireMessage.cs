namespace Actors.Protocol;

/// <summary>Marks what may cross between rooms, and so between nodes: bound to the Hyperion wire serializer, known types only.</summary>
public interface IWireMessage;
