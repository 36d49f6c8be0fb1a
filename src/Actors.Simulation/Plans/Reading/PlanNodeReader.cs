using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Actors.Simulation;

/// <summary>
/// Makes nodes of YAML's events. Plans need a small part of YAML: no anchors, aliases, tags, nor more than one document, so a small file can't stand for a big one.
/// </summary>
internal sealed class PlanNodeReader
{
    /// <summary>Levels of lists and mappings within each other.</summary>
    public const int MaxDepth = 12;

    private const int MaxMessage = 200;

    private readonly PlanErrors _errors;
    private readonly Parser _parser;

    private PlanNodeReader(string text, PlanErrors errors)
    {
        _errors = errors;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The document's node; null when the text isn't YAML, or holds nothing.</summary>
    public static PlanNode? Read(string text, PlanErrors errors)
    {
        try
        {
            return new PlanNodeReader(text, errors).Document();
        }
        catch (YamlException wrong)
        {
            errors.Add(PlaceOf(wrong.Start), $"this isn't YAML: {Sentence(wrong.Message)}");
        }
        catch (GivenUpException)
        {
        }

        return null;
    }

    private static PlanPlace PlaceOf(in Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private static string Sentence(string message)
    {
        // Older messages begin with their own place.
        var end = message.IndexOf("): ", StringComparison.Ordinal);
        var plain = message.StartsWith('(') && end > 0 ? message[(end + 3)..] : message;
        return PlanSpelling.Short(plain.TrimEnd('.'), MaxMessage);
    }

    private PlanNode? Document()
    {
        Next();
        Next();
        if (_parser.Current is StreamEnd)
        {
            _errors.Add(default, "the file is empty, a plan begins with 'name:'");
            return null;
        }

        Next();
        var root = Node(0);
        while (Next())
        {
            if (_parser.Current is not DocumentStart second)
                continue;
            _errors.Add(PlaceOf(second.Start), "a second document begins here, a file holds one plan");
            break;
        }

        return root;
    }

    private bool Next()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
        {
            // Some broken texts meet the parser unprepared.
            _errors.Add(_parser.Current is { } last ? PlaceOf(last.End) : new PlanPlace(1, 1), "this isn't YAML: nothing that can be read follows here");
            throw new GivenUpException();
        }
    }

    private PlanNode Node(int depth)
    {
        var happened = _parser.Current;
        var place = happened is null ? new PlanPlace(1, 1) : PlaceOf(happened.Start);
        if (depth > MaxDepth)
        {
            _errors.Add(place, $"more than {MaxDepth} levels within each other");
            throw new GivenUpException();
        }

        switch (happened)
        {
            case AnchorAlias alias:
                _errors.Add(place, $"a plan has no aliases, write out what *{PlanSpelling.Short(alias.Value.Value)} stands for");
                return new PlanScalar(place, string.Empty, true);
            case NodeEvent node:
                Refuse(node, place);
                break;
        }

        return happened switch
        {
            Scalar scalar => new PlanScalar(place, scalar.Value, scalar.Style != ScalarStyle.Plain),
            SequenceStart => List(place, depth),
            MappingStart mapping => Mapping(place, depth, mapping.Style == MappingStyle.Flow),
            _ => throw NoValue(happened, place),
        };
    }

    private GivenUpException NoValue(ParsingEvent? happened, PlanPlace place)
    {
        _errors.Add(place, $"this isn't YAML: {(happened is null ? "the text ends" : "something ends")} where a key or value is expected");
        return new GivenUpException();
    }

    private void Refuse(NodeEvent node, PlanPlace place)
    {
        if (!node.Anchor.IsEmpty)
            _errors.Add(place, $"a plan has no anchors, remove &{PlanSpelling.Short(node.Anchor.Value)}");
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
            _errors.Add(place, $"a plan has no tags, remove {PlanSpelling.Short(node.Tag.Value)}");
    }

    private PlanList List(PlanPlace place, int depth)
    {
        var items = new List<PlanNode>();
        while (Next() && _parser.Current is not SequenceEnd)
            items.Add(Node(depth + 1));
        return new PlanList(place, items);
    }

    private PlanMapping Mapping(PlanPlace place, int depth, bool isFlow)
    {
        var entries = new List<PlanEntry>();
        var known = new Dictionary<string, PlanPlace>(StringComparer.Ordinal);
        while (Next() && _parser.Current is not MappingEnd)
        {
            var key = Node(depth + 1);
            Next();
            var value = Node(depth + 1);
            if (key is not PlanScalar name)
                _errors.Add(key.Place, $"a key is a word, not {key.Kind}");
            else if (isFlow && entries.Count > 0 && Joined(entries[^1], name, value) is { } whole)
                entries[^1] = entries[^1] with { Value = whole };
            else if (known.TryAdd(name.Text, name.Place))
                entries.Add(new PlanEntry(name.Text, name.Place, value));
            else
                _errors.Add(name.Place, $"'{PlanSpelling.Short(name.Text)}' stands here a second time, the first is in line {known[name.Text].Line}");
        }

        return new PlanMapping(place, entries);
    }

    /// <summary>Within { }, YAML ends a value at a comma: <c>uniform(1, 4)</c> comes as <c>uniform(1</c> and the key <c>4)</c>. Nothing else looks so.</summary>
    private static PlanScalar? Joined(PlanEntry last, PlanScalar key, PlanNode value) =>
        last.Value is PlanScalar { IsQuoted: false } begun && begun.Text.Contains('(') && !begun.Text.Contains(')')
        && key is { IsQuoted: false } && key.Text.EndsWith(')') && value is PlanScalar { IsQuoted: false, Text: "" }
            ? begun with { Text = $"{begun.Text}, {key.Text}" }
            : null;

    /// <summary>What was found makes the rest unreadable; the error is noted.</summary>
    private sealed class GivenUpException : Exception;
}
