using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Akka.Actor;

namespace Actors.Protocol.Tests.Wire;

/// <summary>Makes a value of any wire type by reflection, every part different from its default, and tells whether two are equal through and through.</summary>
internal sealed class SampleMessages(IActorRef actor)
{
    private int _counter;

    public object Of(Type type)
    {
        var number = ++_counter;
        if (type == typeof(string))
            return $"text {number} é";
        if (type == typeof(bool))
            return true;
        if (type == typeof(IActorRef))
            return actor;
        if (type.IsEnum)
            return EnumOf(type, number);
        if (type.IsPrimitive)
            return Convert.ChangeType(number % 100 + 1, type);

        return WireArray.ElementOf(type) is { } element ? ArrayOf(element) : RecordOf(type);
    }

    public static void AssertSame(object? expected, object? actual)
    {
        if (expected is null || actual is null || expected is string || expected.GetType().IsPrimitive || expected.GetType().IsEnum || expected is IActorRef)
        {
            Assert.Equal(expected, actual);
            return;
        }

        var type = expected.GetType();
        Assert.Equal(type, actual.GetType());
        if (WireArray.ElementOf(type) is { } element)
        {
            AssertSameElements(element, expected, actual);
            return;
        }

        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            AssertSame(field.GetValue(expected), field.GetValue(actual));
    }

    private static object EnumOf(Type type, int number)
    {
        var values = Enum.GetValues(type);
        return values.GetValue(1 + number % (values.Length - 1))!;
    }

    private object ArrayOf(Type element)
    {
        var array = Array.CreateInstance(element, 2);
        array.SetValue(Of(element), 0);
        array.SetValue(Of(element), 1);
        var create = typeof(ImmutableArray).GetMethods().Single(method =>
            method.Name == nameof(ImmutableArray.Create) && method.GetParameters() is [{ ParameterType.IsArray: true }]);
        return create.MakeGenericMethod(element).Invoke(null, [array])!;
    }

    private object RecordOf(Type type)
    {
        var instance = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            field.SetValue(instance, Of(field.FieldType));
        return instance;
    }

    private static void AssertSameElements(Type element, object expected, object actual)
    {
        var read = typeof(SampleMessages).GetMethod(nameof(Elements), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(element);
        var left = (object?[]?)read.Invoke(null, [expected]);
        var right = (object?[]?)read.Invoke(null, [actual]);
        Assert.Equal(left is null, right is null);
        if (left is null || right is null)
            return;

        Assert.Equal(left.Length, right.Length);
        for (var index = 0; index < left.Length; index++)
            AssertSame(left[index], right[index]);
    }

    private static object?[]? Elements<T>(ImmutableArray<T> array) => array.IsDefault ? null : [.. array.Select(element => (object?)element)];
}
