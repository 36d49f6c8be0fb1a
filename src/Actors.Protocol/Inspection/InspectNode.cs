using System.Collections.Immutable;
using System.Globalization;

namespace Actors.Protocol;

/// <summary>A place in the tree of a machine's state: a value, or places below it. A copy as of a moment: nothing in it changes.</summary>
/// <param name="Name">Its name, one part of a path.</param>
/// <param name="Value">The value as text, or null where there are places below.</param>
/// <param name="Children">Places below, in order.</param>
public sealed record InspectNode(string Name, string? Value, ImmutableArray<InspectNode> Children)
{
    /// <summary>A value.</summary>
    public static InspectNode Leaf(string name, object? value) => new(
        name,
        value switch
        {
            null => "-",
            bool flag => flag ? "true" : "false",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "-",
        },
        []);

    /// <summary>An address or a set of bits.</summary>
    public static InspectNode Hex(string name, ulong value) => new(name, string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"), []);

    /// <summary>Places below a name.</summary>
    public static InspectNode Branch(string name, params IEnumerable<InspectNode> children) => new(name, null, [.. children]);

    /// <summary>A slot of the I/O request page.</summary>
    public static InspectNode Slot(int vcpu, IoRequestSlotState state, in IoRequest request) => state == IoRequestSlotState.Free
        ? Branch($"slot-{vcpu.ToString(CultureInfo.InvariantCulture)}", Leaf("state", "FREE"))
        : Branch(
            $"slot-{vcpu.ToString(CultureInfo.InvariantCulture)}",
            Leaf("state", state.ToString().ToUpperInvariant()), Leaf("request", request.Sequence), Leaf("access", request.Access));
}
