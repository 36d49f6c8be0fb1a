using Actors.Protocol;
using Akka.Actor;

namespace Actors.Guest.Tests;

/// <summary>How soon an exit is sent again in a system that is behind.</summary>
public sealed class VcpuPaceTests : VcpuActorRig
{
    private static readonly IoAccess _access = IoAccess.Out(1, 1, 0);

    [Fact]
    public void An_exit_is_not_sent_again_while_others_wait_as_long_for_their_turn()
    {
        _pace.Behind = TimeSpan.FromSeconds(4);
        var vcpu = StartWithExits(1);

        for (var i = 0; i < 15; i++)
            Time.Advance(RetryPace.Shortest);
        ExpectNothingSentBy(vcpu);
        Time.Advance(RetryPace.Shortest);
        ExpectExit(1, _access);
    }

    [Fact]
    public void However_far_a_system_is_behind_an_exit_is_sent_again_after_the_longest_period()
    {
        _pace.Behind = TimeSpan.FromHours(1);
        StartWithExits(1);

        Time.Advance(RetryPace.Longest);

        ExpectExit(1, _access);
    }

    [Fact]
    public void A_timer_takes_up_the_pace_with_its_next_tick()
    {
        _pace.Behind = TimeSpan.FromSeconds(4);
        StartWithExits(1);
        _pace.Behind = TimeSpan.Zero;

        Time.Advance(TimeSpan.FromSeconds(4));
        ExpectExit(1, _access);
        Time.Advance(RetryPace.Shortest);
        ExpectExit(1, _access);
        Time.Advance(RetryPace.Shortest);
        ExpectExit(1, _access);
    }

    [Fact]
    public void The_first_exit_after_a_system_has_caught_up_is_sent_again_as_soon_as_ever()
    {
        _pace.Behind = TimeSpan.FromSeconds(4);
        var vcpu = StartWithExits(2);
        _pace.Behind = TimeSpan.Zero;
        vcpu.Tell(Done(1));
        ExpectExit(2, _access);

        Time.Advance(RetryPace.Shortest);
        Time.Advance(RetryPace.Shortest);

        ExpectExit(2, _access);
    }

    [Fact]
    public void A_timer_that_ticks_too_often_slows_down_with_a_tick()
    {
        var vcpu = StartWithExits(1);
        _pace.Behind = TimeSpan.FromSeconds(4);
        Time.Advance(RetryPace.Shortest);
        ExpectExit(1, _access);

        for (var i = 0; i < 15; i++)
            Time.Advance(RetryPace.Shortest);
        ExpectNothingSentBy(vcpu);
        Time.Advance(RetryPace.Shortest);
        ExpectExit(1, _access);
    }

    /// <summary>A vCPU whose first of so many exits is under way.</summary>
    private IActorRef StartWithExits(int exits)
    {
        var vcpu = StartSynchronous(async cpu =>
        {
            for (var i = 0; i < exits; i++)
                await cpu.Out(1, 1, 0);
            await cpu.WaitForInterrupt();
        });
        vcpu.Tell(new GuestHop.RunVcpu(Epoch, 0));
        ExpectExit(1, _access);
        return vcpu;
    }
}
