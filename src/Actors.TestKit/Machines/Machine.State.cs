using Actors.Cluster;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>
/// The machine's state by path, the tree of <c>actors run --inspect</c> and of a node's <c>/inspect</c>. In the simulated world the actors are read while nothing runs: the run is the
/// same as without it. Elsewhere they are asked by messages and each answers as of one moment.
/// </content>
public sealed partial class Machine
{
    private const string Name = "vm-0";

    /// <summary>Values that a sentence shows of many.</summary>
    private const int MaxShown = 4;

    /// <summary>A value of the machine's state, as text: numbers are decimal, addresses and bits hexadecimal (<c>0x1000</c>), flags <c>true</c> or <c>false</c>.</summary>
    /// <param name="path">Where it is, such as <c>pci-0.3.0/queue-1/avail</c>; the machine's own name <c>vm-0</c> may stand before it.</param>
    /// <exception cref="ArgumentException">There isn't exactly one value at the path; the sentence says what there is.</exception>
    /// <exception cref="InvalidOperationException">The machine is gone.</exception>
    public string State(string path)
    {
        var tree = Tree();
        return InspectPath.Find(tree, Whole(path)) switch
        {
            [] => throw new ArgumentException(Nothing(tree, path), nameof(path)),
            [{ Node.Value: { } value }] => value,
            var found => throw new ArgumentException(
                $"{path} isn't one value, there is {string.Join(", ", found.SelectMany(place => InspectPath.Lines(place.Path, place.Node)).Take(MaxShown))}: States gives them all.", nameof(path)),
        };
    }

    /// <summary>Values of the machine's state, in the tree's order.</summary>
    /// <param name="path">A value, or a place: every value below it. <c>*</c> stands for any name or any end of one: <c>pci-*/queue-*/used</c>; empty: everything.</param>
    /// <exception cref="ArgumentException">There is nothing at the path; the sentence says what there is.</exception>
    /// <exception cref="InvalidOperationException">The machine is gone.</exception>
    public IReadOnlyList<StateValue> States(string path)
    {
        var tree = Tree();
        return InspectPath.Find(tree, Whole(path)).Count > 0 ? ValuesAt(tree, path) : throw new ArgumentException(Nothing(tree, path), nameof(path));
    }

    /// <summary>Expects that a value of the machine's state is this, or becomes it.</summary>
    /// <param name="path">As in <see cref="State"/>; where <c>*</c> makes it fit more than one value, all of them.</param>
    /// <param name="value">The value as text.</param>
    /// <param name="within">How long it may take; null: the machine's patience.</param>
    /// <exception cref="MachineFailureException">It isn't, and didn't become it.</exception>
    public void ExpectState(string path, string value, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(value);
        ThrowIfEnded();
        InspectNode? tree = null;
        IReadOnlyList<StateValue> values = [];
        var time = within ?? _patience ?? _host.Patience;
        if (StateBecomes(IsSo, time))
            return;
        var other = values.FirstOrDefault(one => one.Value != value);
        throw Fail(
            $"Expected {path} to be {value}, and after {Seconds(time)} {(tree is null ? "the machine was gone" : other is null ? Nothing(tree, path) : $"{other.Path} was {other.Value}")}.", null);

        bool IsSo(InspectNode? now)
        {
            tree = _host.IsEnded ? null : now;
            values = tree is null ? [] : ValuesAt(tree, path);
            return values.Count > 0 && values.All(one => one.Value == value);
        }
    }

    private bool StateBecomes(Func<InspectNode?, bool> isSo, TimeSpan time)
    {
        try
        {
            return _host.WaitForState(isSo, time);
        }
        catch (WorldStuckException stuck)
        {
            throw Fail($"{stuck.Message}.", null);
        }
    }

    private InspectNode Tree()
    {
        ThrowIfEnded();
        return (_host.IsEnded ? null : _host.Inspect()) ?? throw new InvalidOperationException("The machine is gone, and its state with it: it has powered off, or is on its way to another node.");
    }

    private void ThrowIfEnded()
    {
        if (_hasEnded)
            throw new InvalidOperationException("The machine was ended: nothing can be asked of it any more but its recording.");
    }

    private static List<StateValue> ValuesAt(InspectNode tree, string path) =>
        [.. InspectPath.Values(tree, Whole(path)).Select(place => new StateValue(place.Path[(Name.Length + 1)..], place.Value))];

    private static string Nothing(InspectNode tree, string path) => InspectPath.Nothing(tree, Whole(path));

    private static string Whole(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var inside = path.Trim('/');
        return inside.Length == 0 ? Name : inside == Name || inside.StartsWith(Name + "/", StringComparison.Ordinal) ? inside : $"{Name}/{inside}";
    }
}
