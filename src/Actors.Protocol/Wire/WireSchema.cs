using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text;
using Akka.Actor;

namespace Actors.Protocol;

/// <summary>The shapes of all wire messages, made once from their fields, and the number that two nodes compare.</summary>
internal sealed class WireSchema
{
    private static readonly Lazy<WireSchema> Once = new(() => new WireSchema());

    private readonly Dictionary<Type, WireShape> _values = [];
    private readonly NullabilityInfoContext _nullability = new();
    private readonly StringBuilder _description = new();
    private readonly ImmutableArray<WireShape> _messages;

    private WireSchema()
    {
        _messages = [.. WireTypes.Messages.Select(ValueOf)];
        Fingerprint = Fnv1A(_description.ToString());
    }

    /// <summary>The only instance. Building it costs milliseconds of reflection, so it waits for the first use.</summary>
    public static WireSchema Instance => Once.Value;

    /// <summary>Stands before every message. Differs when numbers, fields or their order differ, so that a node of another build is refused and not misread.</summary>
    public uint Fingerprint { get; }

    /// <summary>Every type that the messages are made of, strings and numbers left out.</summary>
    public IEnumerable<Type> Types => _values.Keys;

    /// <summary>True when the bytes are exactly one message of the list.</summary>
    public bool IsMessage(ReadOnlySpan<byte> bytes)
    {
        var cursor = new WireCursor(bytes);
        return cursor.TryByte(out var manifest)
            && manifest == WireManifest.Numbered
            && cursor.TryUInt16(out var number)
            && number < _messages.Length
            && _messages[number].Skip(ref cursor)
            && cursor.AtEnd;
    }

    private WireShape ValueOf(Type type)
    {
        if (_values.TryGetValue(type, out var known))
            return known;
        if (!WireTypes.TryNumber(type, out var number))
            throw new NotSupportedException($"{type} is part of a wire message but not in {nameof(WireTypes)}.");

        _description.Append(CultureInfo.InvariantCulture, $"{number} {type};");
        WireShape shape =
            type == typeof(IActorRef) ? new ActorPathShape()
            : type.IsEnum ? EnumOf(type)
            : RecordOf(type);
        _values.Add(type, shape);
        return shape;
    }

    private static EnumShape EnumOf(Type type)
    {
        var bytes = SizeOf(Enum.GetUnderlyingType(type));
        var mask = IoAccess.OnesOf(bytes);
        var defined = Enum.GetValuesAsUnderlyingType(type).Cast<object>()
            .Select(value => value is ulong wide ? wide : (ulong)Convert.ToInt64(value, CultureInfo.InvariantCulture) & mask);
        return new EnumShape(bytes, [.. defined], type.IsDefined(typeof(FlagsAttribute)));
    }

    private RecordShape RecordOf(Type type)
    {
        // The order and the choice of fields are Hyperion's; a test sends every message through both.
        var fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.Name);
        return new RecordShape(Joined(fields.Select(FieldOf)));
    }

    private WireShape FieldOf(FieldInfo field)
    {
        _description.Append(CultureInfo.InvariantCulture, $"{field.Name}:{field.FieldType};");
        return FieldOf(field.FieldType, _nullability.Create(field));
    }

    private WireShape FieldOf(Type type, NullabilityInfo nullability)
    {
        if (type == typeof(string))
            return new StringShape(IsNullable(nullability));
        if (type == typeof(bool))
            return new BoolShape();

        return type.IsPrimitive ? new FixedShape(SizeOf(type)) : NumberedOf(type, nullability);
    }

    private NumberedShape NumberedOf(Type type, NullabilityInfo nullability)
    {
        var value = WireArray.ElementOf(type) is { } element ? ArrayOf(type, element, nullability) : ValueOf(type);
        return WireTypes.TryNumber(type, out var number)
            ? new NumberedShape(number, value, !type.IsValueType && IsNullable(nullability))
            : throw new NotSupportedException($"{type} is part of a wire message but not in {nameof(WireTypes)}.");
    }

    private WireShape ArrayOf(Type type, Type element, NullabilityInfo nullability)
    {
        if (element == typeof(byte))
        {
            var bytes = new BytesShape();
            _values.TryAdd(type, bytes);
            return bytes;
        }

        var inner = nullability.GenericTypeArguments[0];
        WireShape shape = element == typeof(string) ? new StringObjectShape(IsNullable(inner)) : NumberedOf(element, inner);
        var array = new ArrayShape(shape);
        _values.TryAdd(type, array);
        return array;
    }

    /// <summary>Neighbouring numbers are one step.</summary>
    private static ImmutableArray<WireShape> Joined(IEnumerable<WireShape> fields)
    {
        var joined = new List<WireShape>();
        foreach (var field in fields)
        {
            if (field is FixedShape next && joined.Count > 0 && joined[^1] is FixedShape last)
                joined[^1] = new FixedShape(last.Bytes + next.Bytes);
            else
                joined.Add(field);
        }

        return [.. joined];
    }

    private static bool IsNullable(NullabilityInfo nullability) => nullability.ReadState == NullabilityState.Nullable;

    private static int SizeOf(Type primitive) => Type.GetTypeCode(primitive) switch
    {
        TypeCode.Byte or TypeCode.SByte => 1,
        TypeCode.Int16 or TypeCode.UInt16 => 2,
        TypeCode.Int32 or TypeCode.UInt32 => 4,
        TypeCode.Int64 or TypeCode.UInt64 => 8,
        _ => throw new NotSupportedException($"{primitive} has no shape on the wire yet."),
    };

    private static uint Fnv1A(string text) => text.Aggregate(2166136261u, (hash, character) => (hash ^ character) * 16777619u);
}
