using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.DeviceModel;

/// <summary>What outlives the crashes of a machine's actor. Belongs to the root, which supervises; the actor writes while it works, the root reads while it doesn't.</summary>
internal sealed class MachineLife
{
    private RestartBudget _budget;

    /// <summary>Requests answered and steps of the life cycle done.</summary>
    public long Progress { get; set; }

    /// <summary>Somebody asked for the end. The message that says so may have been the one that a crash cost.</summary>
    public bool IsStopAsked { get; set; }

    /// <summary>It crashed too often, and is on its way to the end.</summary>
    public bool IsGivenUp { get; private set; }

    /// <summary>Why.</summary>
    public string? Failure { get; set; }

    /// <summary>Every port that was opened, for the report.</summary>
    public List<OpenPort> Ports { get; } = new(1);

    /// <summary>What became of the ports' bytes.</summary>
    public ImmutableArray<PortReport> Reports => [.. Ports.Select(static port => port.Report)];

    /// <summary>The actor crashed; false when it did so too often.</summary>
    public bool TryResume() => _budget.TrySpend(Progress);

    /// <summary>From now on it is only to end in order; for that it may crash as often again.</summary>
    public void GiveUp()
    {
        IsGivenUp = true;
        _budget = default;
    }
}
