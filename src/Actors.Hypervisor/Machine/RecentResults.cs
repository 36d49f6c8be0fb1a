using Actors.Protocol;

namespace Actors.Hypervisor;

/// <summary>Results of the latest registrations, so that one which is repeated is answered and not done again.</summary>
internal sealed class RecentResults
{
    /// <summary>Results kept: as many as there may be registrations on their way.</summary>
    public const int Kept = VmLimits.MaxAsyncioDescriptors;

    private readonly List<(long Id, Errno Result)> _results = [];
    private int _next;

    /// <summary>The result of a registration, if it is among the latest.</summary>
    public bool TryGet(long id, out Errno result)
    {
        foreach (var known in _results)
        {
            if (known.Id == id)
            {
                result = known.Result;
                return true;
            }
        }

        result = Errno.Ok;
        return false;
    }

    /// <summary>Remembers, in the place of the oldest.</summary>
    public void Add(long id, Errno result)
    {
        if (_results.Count < Kept)
            _results.Add((id, result));
        else
            _results[_next] = (id, result);

        _next = (_next + 1) % Kept;
    }
}
