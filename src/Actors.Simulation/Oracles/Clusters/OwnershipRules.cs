using System.Numerics;

namespace Actors.Simulation;

/// <summary>
/// The rules of I20, wherever the events come from: the world, or real processes. Each method answers with what is violated, in a sentence, or with null.
/// </summary>
/// <param name="vms">VMs; they are numbered from 0.</param>
internal sealed class OwnershipRules(int vms)
{
    private readonly Owned[] _vms = new Owned[vms];

    /// <summary>Nodes granted a token.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="node">Who asked.</param>
    /// <param name="token">The token.</param>
    /// <param name="granters">Who granted it, one bit each.</param>
    /// <param name="nodes">How many nodes there are.</param>
    public static string? Granted(int vm, int node, ulong token, uint granters, int nodes) => BitOperations.PopCount(granters) * 2 > nodes
        ? null
        : $"VM {vm}: node {node} took token {token}, which {BitOperations.PopCount(granters)} of {nodes} nodes granted";

    /// <summary>An incarnation begins. It may be said again.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="incarnation">Its number, no other incarnation's.</param>
    /// <param name="node">Where it is.</param>
    /// <param name="token">Its token.</param>
    /// <param name="isNews">Whether it wasn't said before.</param>
    public string? Begun(int vm, int incarnation, int node, ulong token, out bool isNews)
    {
        var begun = _vms[vm].Begun ??= [];
        isNews = !begun.Exists(other => other.Number == incarnation);
        if (!isNews)
            return null;
        var twin = begun.FindIndex(other => other.Token == token);
        begun.Add(new Life(incarnation, node, token) { IsRunning = true });
        return twin < 0 ? null : $"VM {vm}: incarnation {incarnation} begins on node {node} with token {token}, which incarnation {begun[twin].Number} on node {begun[twin].Node} has";
    }

    /// <summary>An incarnation is over, on its node's word.</summary>
    public void Stopped(int vm, int incarnation)
    {
        if (Find(vm, incarnation) is >= 0 and var index)
            _vms[vm].Begun![index] = _vms[vm].Begun![index] with { IsRunning = false };
    }

    /// <summary>A node gives an incarnation up, for another to take.</summary>
    public string? GivenAway(int vm, int incarnation, int node) => Find(vm, incarnation) is >= 0 and var index && _vms[vm].Begun![index].IsRunning
        ? $"VM {vm}: node {node} gave it away, and incarnation {incarnation} still runs there"
        : null;

    /// <summary>An incarnation has an effect on any backend.</summary>
    /// <param name="vm">The VM.</param>
    /// <param name="incarnation">Which; one of which nobody said that it begins is judged by its token alone.</param>
    /// <param name="token">The highest with which it may: since its begin it may have got one above what a backend remembers.</param>
    public string? Acted(int vm, int incarnation, ulong token)
    {
        ref var owned = ref _vms[vm];
        if (token < owned.Acting)
            return $"VM {vm} had an effect with token {token}, after one with token {owned.Acting}";
        owned.Acting = token;
        if (Find(vm, incarnation) is not (>= 0 and var index))
            return null;
        var begun = owned.Begun!;
        begun[index] = begun[index] with { HasActed = true };

        // A higher token that it got when its successor was at work is none that it should have.
        var later = begun.FindIndex(index + 1, other => other.HasActed && other.Token > begun[index].Token);
        return later < 0 ? null : $"VM {vm}: incarnation {incarnation} had an effect with token {token}, after its successor, incarnation {begun[later].Number} on node {begun[later].Node}";
    }

    private int Find(int vm, int incarnation) => _vms[vm].Begun?.FindIndex(one => one.Number == incarnation) ?? -1;

    private struct Owned
    {
        public List<Life>? Begun;
        public ulong Acting;
    }

    private readonly record struct Life(int Number, int Node, ulong Token)
    {
        public bool IsRunning { get; init; }

        public bool HasActed { get; init; }
    }
}
