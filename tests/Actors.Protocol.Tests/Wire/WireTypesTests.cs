using System.Collections.Immutable;
using System.Reflection;
using Akka.Actor;

namespace Actors.Protocol.Tests.Wire;

public sealed class WireTypesTests
{
    [Fact]
    public void Every_message_of_the_corridor_is_in_the_list()
    {
        var messages = typeof(IWireMessage).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(IWireMessage)) && !type.IsInterface);

        Assert.Equal(Named(messages), Named(WireTypes.Messages));
    }

    [Fact]
    public void Every_part_of_a_message_is_in_the_list_and_nothing_else()
    {
        var found = new HashSet<Type>();
        foreach (var message in WireTypes.Messages)
            Collect(message, found);

        Assert.Equal(Named(found), Named(WireTypes.All));
    }

    [Fact]
    public void Every_type_has_a_shape() => Assert.Equal(Named(WireTypes.All), Named(WireSchema.Instance.Types.Union(WireTypes.Messages)));

    [Fact]
    public void Every_record_is_sealed_so_that_a_field_s_type_says_what_stands_in_it() =>
        Assert.DoesNotContain(WireTypes.All, type => !type.IsSealed && type != typeof(IActorRef));

    private static void Collect(Type type, HashSet<Type> found)
    {
        if (type == typeof(string) || type.IsPrimitive || !found.Add(type) || type.IsEnum || type == typeof(IActorRef))
            return;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>))
        {
            Collect(type.GetGenericArguments()[0], found);
            return;
        }

        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            Collect(field.FieldType, found);
    }

    private static IEnumerable<string> Named(IEnumerable<Type> types) => types.Select(type => type.ToString()).Order(StringComparer.Ordinal);
}
