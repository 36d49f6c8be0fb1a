using System.Collections.Concurrent;

namespace Actors.DeviceModel.Tests;

/// <summary>Plays the port: takes signals and lets a test wait for them.</summary>
internal sealed class BackendSignals : IPortBackendEvents
{
    /// <summary>Only a test that fails waits so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly BlockingCollection<BackendInterest> _signals = [];

    public int Pending => _signals.Count;

    public void Signal(BackendInterest ready) => _signals.Add(ready);

    public BackendInterest Next()
    {
        Assert.True(_signals.TryTake(out var ready, Patience), "no signal came");
        return ready;
    }

    /// <summary>Arms, and takes the signal that answers.</summary>
    public void Await(IPortBackend backend, BackendInterest interest)
    {
        backend.Arm(interest);
        Assert.NotEqual(BackendInterest.None, Next() & interest);
    }

    /// <summary>
    /// True when no signal is under way: the loop's thread takes turns, so what it would have told before this witness was told is told.
    /// Two rounds: the first may share a batch of events with the signal in question.
    /// </summary>
    public bool StaysSilent()
    {
        for (var round = 0; round < 2; round++)
            LoopTurn.Complete();
        return _signals.Count == 0;
    }
}
