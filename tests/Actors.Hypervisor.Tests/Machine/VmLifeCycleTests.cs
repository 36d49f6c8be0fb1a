using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

public sealed class VmLifeCycleTests
{
    [Theory]
    [InlineData("PoweredOff", "create", "Ok", "Created")]
    [InlineData("PoweredOff", "start", "NotPermitted", "PoweredOff")]
    [InlineData("PoweredOff", "pause", "NotPermitted", "PoweredOff")]
    [InlineData("PoweredOff", "reset", "NotPermitted", "PoweredOff")]
    [InlineData("PoweredOff", "destroy", "NotPermitted", "PoweredOff")]
    [InlineData("Created", "create", "NotPermitted", "Created")]
    [InlineData("Created", "start", "Ok", "Running")]
    [InlineData("Created", "pause", "Ok", "Pausing")]
    [InlineData("Created", "reset", "NotPermitted", "Created")]
    [InlineData("Created", "destroy", "NotPermitted", "Created")]
    [InlineData("Running", "create", "NotPermitted", "Running")]
    [InlineData("Running", "start", "NotPermitted", "Running")]
    [InlineData("Running", "pause", "Ok", "Pausing")]
    [InlineData("Running", "reset", "NotPermitted", "Running")]
    [InlineData("Running", "destroy", "NotPermitted", "Running")]
    [InlineData("Pausing", "start", "NotPermitted", "Pausing")]
    [InlineData("Pausing", "pause", "Ok", "Pausing")]
    [InlineData("Pausing", "paused", "Ok", "Paused")]
    [InlineData("Pausing", "reset", "NotPermitted", "Pausing")]
    [InlineData("Pausing", "destroy", "NotPermitted", "Pausing")]
    [InlineData("Paused", "create", "NotPermitted", "Paused")]
    [InlineData("Paused", "start", "NotPermitted", "Paused")]
    [InlineData("Paused", "pause", "Ok", "Paused")]
    [InlineData("Paused", "reset", "Ok", "Created")]
    [InlineData("Paused", "destroy", "Ok", "PoweredOff")]
    public void Each_transition_is_legal_in_its_states_only(string from, string step, string result, string to)
    {
        var life = At(Enum.Parse<VmState>(from));
        var epoch = life.Epoch;

        Assert.Equal(result, Take(life, step).ToString());
        Assert.Equal(to, life.State.ToString());
        Assert.Equal(step == "reset" && result == "Ok" ? epoch + 1 : epoch, life.Epoch);
    }

    [Fact]
    public void The_first_epoch_is_1() => Assert.Equal(1u, new VmLifeCycle().Epoch);

    private static Errno Take(VmLifeCycle life, string step) => step switch
    {
        "create" => life.Create(),
        "start" => life.Start(),
        "pause" => life.Pause(),
        "paused" => life.Paused(),
        "reset" => life.Reset(),
        _ => life.Destroy(),
    };

    private static VmLifeCycle At(VmState state)
    {
        var life = new VmLifeCycle();
        foreach (var step in new[] { "create", "start", "pause", "paused" })
        {
            if (life.State == state)
                break;
            Take(life, step);
        }

        Assert.Equal(state, life.State);
        return life;
    }
}
