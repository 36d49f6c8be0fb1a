using System.ComponentModel;

namespace Actors.Cli.Tests;

/// <summary>Processes that end late, or never; no process can be made that a test could rely on not to end.</summary>
public sealed class LastWaitTests
{
    private readonly List<string> _did = [];

    [Fact]
    public void What_has_ended_is_not_waited_for()
    {
        Assert.True(For(endsAtWait: 1));
        Assert.Equal(["wait 5"], _did);
    }

    [Fact]
    public void What_ends_late_is_killed_once_more_and_that_is_said()
    {
        Assert.True(For(endsAtWait: 2));
        Assert.Equal(["wait 5", "node 1 has not ended within 5 s; it is killed once more", "kill", "wait 60"], _did);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_never_ends_is_left_behind_with_a_sentence(bool isRefused)
    {
        Assert.False(For(endsAtWait: 3, isRefused));
        Assert.Equal("node 1 does not end, and is left behind; end it by hand when the system lets go of it", _did[^1]);
        Assert.Equal(["wait 5", "wait 60"], _did.Where(step => step.StartsWith("wait", StringComparison.Ordinal)));
    }

    private bool For(int endsAtWait, bool isRefused = false)
    {
        var waits = 0;
        return LastWait.For("node 1", HasEnded, Kill, TimeSpan.FromSeconds(5), _did.Add);

        bool HasEnded(TimeSpan patience)
        {
            _did.Add($"wait {patience.TotalSeconds}");
            return ++waits == endsAtWait;
        }

        void Kill()
        {
            _did.Add("kill");
            if (isRefused)
                throw new Win32Exception();
        }
    }
}
