using Actors.Protocol;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace Actors.Guest.Tests;

public sealed class GuestMemoryActorTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly VmId Vm = new(1);
    private static readonly VmId Broken = new(2);

    [Fact]
    public void A_restart_of_the_root_keeps_each_vms_server_and_the_token_that_it_has_seen()
    {
        var directory = new BreakableDirectory();
        directory.Create(Vm, 1 << 20);
        var root = Sys.ActorOf(GuestMemoryActor.Props(new RoomServices(directory, TimeProvider.System)), "memory");
        Assert.Equal(ExchangeResult.Applied, Read(root, Vm, 7));
        var server = LastSender;

        Assert.Equal(ExchangeResult.NoMemory, Read(root, Broken, 1));
        directory.IsBroken = true;
        root.Tell(new MemoryHop.ReadRecords(Broken, new FencingToken(1)), TestActor);
        Assert.Equal(ExchangeResult.Stale, Read(root, Vm, 6));

        Assert.True(directory.HasThrown);
        Assert.Equal(server, LastSender);
    }

    private ExchangeResult Read(IActorRef root, VmId vm, ulong fence)
    {
        root.Tell(new MemoryHop.ReadRecords(vm, new FencingToken(fence)), TestActor);
        return ExpectMsg<MemoryHop.Records>(Patience).Result;
    }

    private sealed class BreakableDirectory : IGuestMemoryDirectory
    {
        private readonly GuestRamDirectory _inner = new();

        public volatile bool IsBroken;
        public volatile bool HasThrown;

        public IGuestMemory Create(VmId vm, ulong bytes) => _inner.Create(vm, bytes);

        public IGuestMemory? Find(VmId vm)
        {
            if (vm != Broken || !IsBroken)
                return _inner.Find(vm);
            HasThrown = true;
            throw new InvalidOperationException("broken on purpose");
        }

        public void Clear(VmId vm) => _inner.Clear(vm);

        public void Remove(VmId vm) => _inner.Remove(vm);
    }
}
