using System.Globalization;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

/// <summary>A service side that is replaced in the middle of its guest's output, where the backend can't say what it has: what may have come out twice is said.</summary>
public sealed class TakeoverNoticeTests
{
    [Fact]
    public void Bytes_that_a_backend_got_twice_were_announced_as_in_doubt()
    {
        var plan = ShippedPlans.Find("split-zombie-memory");
        using var host = new SimHost();
        var doubled = 0;
        for (var seed = 1UL; seed <= 30; seed++)
        {
            var seen = new Seen();
            var run = host.Run(new RunRequest(plan, seed) { Observers = [seen] });

            Assert.True(run.Verdict == RunVerdict.Passed, $"seed {seed}: {string.Join("; ", run.Violations.Select(violation => $"{violation.Oracle}: {violation.What}"))}");
            var twice = seen.Accepted - plan.Workload.Bytes;
            Assert.True(twice <= seen.InDoubt, $"seed {seed}: {twice} bytes came twice, and {seen.InDoubt} were announced");
            doubled += twice > 0 ? 1 : 0;
        }

        Assert.True(doubled > 0, "nothing came twice");
    }

    private sealed class Seen : WorldObserver
    {
        private const string Doubt = "up to ";

        public long Accepted { get; private set; }

        public long InDoubt { get; private set; }

        public override WorldInterest Interest => WorldInterest.Backend | WorldInterest.Life;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Kind == BackendEventKind.Accepted)
                Accepted += data.Length;
        }

        public override void OnLife(in Moment moment, in LifeStep step)
        {
            if (step.Change != LifeChange.StateLost || step.Reason is not { } reason || reason.IndexOf(Doubt, StringComparison.Ordinal) is var at && at < 0)
                return;
            var number = reason.AsSpan(at + Doubt.Length);
            InDoubt += long.Parse(number[..number.IndexOf(' ')], CultureInfo.InvariantCulture);
        }
    }
}
