using System.Diagnostics.CodeAnalysis;

namespace Actors.Cli;

/// <summary>A value read from a person's text, or the mistake in it.</summary>
internal readonly struct Parsed<T>
    where T : notnull
{
    private readonly T? _value;
    private readonly Mistake? _mistake;

    private Parsed(T? value, Mistake? mistake)
    {
        _value = value;
        _mistake = mistake;
    }

    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Mistake? mistake)
    {
        value = _value;
        mistake = _mistake;
        return _mistake is null;
    }

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static implicit operator Parsed<T>(Mistake mistake) => new(default, mistake);
}
