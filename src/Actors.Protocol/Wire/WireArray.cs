using System.Collections.Immutable;

namespace Actors.Protocol;

/// <summary>What is special about the one collection type of wire messages.</summary>
internal static class WireArray
{
    /// <summary>Stands where the count does for a default array, which isn't the same as an empty one.</summary>
    public const int DefaultCount = -1;

    /// <summary>The element type of an <see cref="ImmutableArray{T}"/>, or null for another type.</summary>
    public static Type? ElementOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) ? type.GetGenericArguments()[0] : null;
}
