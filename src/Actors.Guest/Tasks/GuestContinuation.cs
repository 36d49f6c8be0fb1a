namespace Actors.Guest;

/// <summary>Something an engine can go on with.</summary>
internal abstract class GuestContinuation
{
    /// <summary>
    /// Runs to the next await that has to wait, or to the end. Returns what waited for that end, if anything does: the engine calls
    /// it next, from the same depth, so that neither long loops nor long chains of callers grow the stack.
    /// </summary>
    internal abstract GuestContinuation? Resume();
}

/// <summary>A continuation of a method of another kind than <see cref="GuestTask"/>, which has only a delegate to give.</summary>
internal sealed class ActionContinuation(Action action) : GuestContinuation
{
    internal override GuestContinuation? Resume()
    {
        action();
        return null;
    }
}
