namespace Actors.TestKit;

/// <summary>A value of a machine's state.</summary>
/// <param name="Path">Where it is, without the machine's name: <c>pci-0.3.0/queue-1/avail</c>.</param>
/// <param name="Value">The value as text.</param>
public sealed record StateValue(string Path, string Value);
