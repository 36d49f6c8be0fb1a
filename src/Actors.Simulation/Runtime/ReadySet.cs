namespace Actors.Simulation;

/// <summary>
/// Actors that could go on, in the order in which they became ready; those of the same step by number. So the order depends on no hash and no address, only
/// on what happened.
/// </summary>
internal sealed class ReadySet
{
    private readonly List<SimActor> _actors = new(64);

    /// <summary>How many are ready.</summary>
    public int Count => _actors.Count;

    /// <summary>By order.</summary>
    public SimActor this[int index] => _actors[index];

    /// <summary>Adds an actor.</summary>
    public void Add(SimActor actor, long step)
    {
        actor.ReadySince = step;
        var at = _actors.Count;
        while (at > 0 && _actors[at - 1].ReadySince == step && _actors[at - 1].Number > actor.Number)
            at--;
        _actors.Insert(at, actor);
    }

    /// <summary>Takes an actor out.</summary>
    public SimActor TakeAt(int index)
    {
        var actor = _actors[index];
        _actors.RemoveAt(index);
        return actor;
    }

    /// <summary>Takes an actor out, if it is there.</summary>
    public void Remove(SimActor actor) => _actors.Remove(actor);

    /// <summary>Forgets all.</summary>
    public void Clear() => _actors.Clear();
}
