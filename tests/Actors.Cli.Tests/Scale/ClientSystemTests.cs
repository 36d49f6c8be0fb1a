using Akka.Actor;

namespace Actors.Cli.Tests;

/// <summary>The end of the actor system that speaks to nodes.</summary>
public sealed class ClientSystemTests
{
    private readonly List<string> _said = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_ends_is_gone_and_nothing_is_said(bool isOrderly)
    {
        var system = ClientSystem.Start("127.0.0.1", tls: null);

        await ClientSystem.EndAsync(system, _said.Add, isOrderly, TimeSpan.FromMinutes(5));

        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Empty(_said);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_whose_actor_is_in_a_call_that_does_not_return_is_left_behind_with_a_sentence(bool isOrderly)
    {
        using var entered = new ManualResetEventSlim();
        using var answer = new ManualResetEventSlim();
        var system = ClientSystem.Start("127.0.0.1", tls: null);
        system.ActorOf(Ear.Props((_, _) =>
        {
            entered.Set();
            answer.Wait();
        })).Tell("write");
        Assert.True(entered.Wait(TimeSpan.FromMinutes(5)));

        await ClientSystem.EndAsync(system, _said.Add, isOrderly, TimeSpan.FromMilliseconds(100));

        Assert.Equal("the actor system that speaks to the nodes has not ended within 0.1 s; it is left behind and ends with this process", Assert.Single(_said));
        answer.Set();
        await system.WhenTerminated.WaitAsync(TimeSpan.FromMinutes(5));
    }
}
