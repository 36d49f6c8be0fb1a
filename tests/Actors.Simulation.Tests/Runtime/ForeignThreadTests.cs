using Akka.Actor;

namespace Actors.Simulation.Tests;

public sealed class ForeignThreadTests
{
    [Fact]
    public void A_thread_from_outside_that_tells_an_actor_fails_the_run_and_is_named()
    {
        using var host = new SimHost();
        var meddler = new Meddler();

        var result = host.Run(new RunRequest(new Plan { Name = "one console" }, 1) { Observers = [meddler] });

        Assert.Equal(RunVerdict.Failed, result.Verdict);
        var violation = Assert.Single(result.Violations, violation => violation.Oracle == "I30");
        Assert.Contains(nameof(Meddler.TellFromOutside), violation.What, StringComparison.Ordinal);
    }

    [Fact]
    public void The_next_run_of_the_host_is_as_if_nothing_had_happened()
    {
        var request = new RunRequest(new Plan { Name = "one console" }, 2);
        using var host = new SimHost();
        host.Run(new RunRequest(request.Plan, 1) { Observers = [new Meddler()] });
        using var fresh = new SimHost();

        Assert.Equal(fresh.Run(request).TraceHash, host.Run(request).TraceHash);
    }

    private sealed class Meddler : WorldObserver
    {
        private World? _world;

        public override WorldInterest Interest => WorldInterest.Receive;

        public override void OnBegin(World world) => _world = world;

        public override void OnReceive(in Moment moment, in ReceiveEvent receive)
        {
            if (_world is not { } world)
                return;
            _world = null;
            var thread = new Thread(() => TellFromOutside(world.Roots[0]));
            thread.Start();
            thread.Join();
        }

        internal static void TellFromOutside(IActorRef actor) => actor.Tell("from outside");
    }
}
