using Actors.Hypervisor;
using CsCheck;

namespace Actors.Scenarios;

/// <summary>Both halves of the interrupt handshake, with a wire between them that loses and repeats messages, in an order that the test chooses.</summary>
public sealed class InterruptHandshakeTests
{
    private static readonly Gen<(int Step, int Choice)[]> Steps = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 1000]).Array[0, 400];

    /// <summary>
    /// ISR holds what the guest took and didn't end, no more; every request is followed by a taking (I14); nothing is taken more often than it was asked for.
    /// </summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void No_interleaving_loses_doubles_or_misplaces_an_interrupt(bool lossy, bool nesting) => Steps.Sample(
        steps =>
        {
            var world = new HandshakeWorld(lossy, nesting);
            foreach (var (step, choice) in steps)
                world.Do(step, choice);

            world.Settle();
        },
        iter: 2000);

    [Fact]
    public void However_long_the_way_to_the_vcpu_is_broken_it_gets_its_interrupt_afterwards()
    {
        var world = new HandshakeWorld(lossy: false, nesting: false);
        world.RaiseAndLoseAllOffers();
        Assert.True(world.TimerRuns);
        Assert.InRange(world.Machine.Interrupts.RepeatedOffers, 100 / InterruptOffers.MaxPeriods, 20);

        world.Settle();
    }
}
