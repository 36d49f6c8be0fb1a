namespace Actors.Cli;

/// <summary>What a node says, kept until it is up: of one that never is, a person hears why, and that only.</summary>
/// <param name="say">Takes lines.</param>
internal sealed class NodeVoice(Action<string> say)
{
    private readonly Lock _gate = new();
    private List<string>? _kept = [];

    /// <summary>The only line so far, or null: none was said, several were, or they have been passed on.</summary>
    public string? OnlyLine
    {
        get
        {
            lock (_gate)
                return _kept is [var line] ? line : null;
        }
    }

    /// <summary>A line of the node.</summary>
    public void Say(string line)
    {
        lock (_gate)
        {
            if (_kept is null)
                say(line);
            else
                _kept.Add(line);
        }
    }

    /// <summary>Passes on what was said, and from now on everything at once.</summary>
    public void Open()
    {
        lock (_gate)
        {
            foreach (var line in _kept ?? [])
                say(line);
            _kept = null;
        }
    }
}
