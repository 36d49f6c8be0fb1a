using Actors.Simulation;

namespace Actors.Cli;

/// <summary>Faults of the nodes' clocks.</summary>
internal sealed partial class RealFaults
{
    private readonly (TimeSpan Offset, long Rate)[] _clocks;

    /// <summary>Whether a plan sets clocks: then nodes have one of their own.</summary>
    public static bool SetsClocks(Plan plan) => plan.Faults.Any(static rule => rule is { Site: FaultSites.Node, Do: "skew" or "drift" or "jump" or "strobe" });

    /// <summary>A calendar that is off, or a clock at another rate, for a while.</summary>
    private void SetClock(RuleState rule, in FaultFiring firing, int node, RealFault fault, string seconds)
    {
        var isBack = rule.Parameters.Word("direction") switch
        {
            "forward" => false,
            "back" => true,
            _ => (firing.Occurrence & 1) != 0,
        };
        var by = isBack ? -firing.A : firing.A;
        var (offset, rate) = rule.Rule.Do == "drift" ? (TimeSpan.Zero, by) : (TimeSpan.FromTicks(by), 0L);
        _log(FormattableString.Invariant($"{rule.Rule.Id}: node {node}'s {(rate == 0 ? $"calendar is off by {offset.TotalSeconds:0.0} s" : $"clock runs at {1 + (rate / 1e6):0.000} of its rate")} for {seconds}"));
        Turn(node, offset, rate);
        fault.IsEffective = true;
        fault.Repair = () => Turn(node, -offset, -rate);
    }

    /// <summary>A calendar that jumps there and back, at each beat.</summary>
    private void Strobe(RuleState rule, in FaultFiring firing, int node, TimeSpan now, RealFault fault, string seconds)
    {
        var by = TimeSpan.FromTicks(firing.A);
        var isAway = false;
        _log(FormattableString.Invariant($"{rule.Rule.Id}: node {node}'s calendar jumps by {by.TotalSeconds:0.0} s and back, {1 / Beat.TotalSeconds:0} times a second, for {seconds}"));
        fault.IsEffective = true;
        for (var at = now; at < fault.Until; at += Beat)
            fault.At(at, Jump);
        fault.Repair = () =>
        {
            if (isAway)
                Jump();
        };
        fault.Step(now);

        void Jump()
        {
            Turn(node, isAway ? -by : by, 0);
            isAway = !isAway;
        }
    }

    private void Turn(int node, TimeSpan offset, long rate)
    {
        var clock = _clocks[node] = (_clocks[node].Offset + offset, _clocks[node].Rate + rate);
        _cluster.SetClock(node, clock.Offset, clock.Rate);
    }
}
