using System.Collections.Immutable;

namespace Actors.Simulation;

/// <summary>The deliberately wrong variants in the box.</summary>
internal static class FlawCatalog
{
    /// <summary>Makers of all, in order of their oracles.</summary>
    public static ImmutableArray<Func<Flaw>> Makers { get; } =
    [
        () => new WakeUpWithoutCompletion(),
        () => new SlotWrittenOver(),
        () => new LateCompletionAccepted(),
        () => new RepeatedAnswerDiffers(),
        () => new AnswerForgotten(),
        () => new DefaultClientFirst(),
        () => new ScanAbandonsLaterSlots(),
        () => new ScanStopsAtVmWithoutPage(),
        () => new InterruptForgotten(),
        () => new MaskedInterruptLost(),
        () => new InterruptTwice(),
        () => new KickOfAnotherQueue(),
        () => new CompletionOfOldEpoch(),
        () => new AcceptanceBehindExit(),
        () => new StaleRegisterRead(),
        () => new TimeGoesBack(),
        () => new IdentityDecides(),
        () => new NothingInjected(),
        () => new UpcallNotRepeated(),
        () => new CompletionNotRepeated(),
        () => new CrashOutOfNowhere(),
        () => new CrashNotAnnounced(),
        () => new OfferForgotten(),
        () => new InterruptLostInHsm(),
        .. DeviceFlaws.Makers,
        .. ClusterFlaws.Makers,
        .. MuseumFlaws.Makers,
    ];

    /// <summary>A fresh instance of the flaw of a name, or null.</summary>
    public static Flaw? Find(string name)
    {
        foreach (var make in Makers)
        {
            var flaw = make();
            if (flaw.Name == name)
                return flaw;
        }

        return null;
    }
}
