using Actors.Cluster;
using Actors.Guest;

namespace Actors.Cli.Tests;

public sealed class NodeTests
{
    [Fact]
    public void Actors_of_one_machine_retry_at_the_pace_of_their_dispatcher()
    {
        using var node = Node.Start(new GuestCatalog());
        Assert.IsType<DispatcherPace>(node.Services.Pace);
    }
}
