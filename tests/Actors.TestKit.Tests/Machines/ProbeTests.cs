using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>Probes change nothing, and a recording can be asked.</summary>
public sealed class ProbeTests : MachineTest
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void The_trace_is_the_same_with_probes_and_without(ulong seed)
    {
        var watched = Play(Boot(machine => machine.Seed(seed)));
        var unwatched = Play(Boot(machine => machine.Seed(seed).WithoutProbes()));

        Assert.Equal(unwatched, watched);
        Assert.NotEqual(0UL, watched);
    }

    [Fact]
    public void The_same_seed_gives_the_same_recording_and_another_another()
    {
        Assert.Equal(Lines(5), Lines(5));
        Assert.NotEqual(Lines(5), Lines(6));
    }

    [Fact]
    public void A_recording_is_asked_with_linq()
    {
        var machine = Boot();
        machine.Done(machine.Write("one"));
        machine.Done(machine.Write("two"));

        var kicks = machine.Recording.OfType<DoorbellEvent>().Where(signal => signal.Hop == PathHop.IothreadHandler && signal.Number == 1);
        var upcalls = machine.Recording.OfType<UpcallEvent>().Where(upcall => upcall.Hop == PathHop.FireHsmInterrupt);

        Assert.True(kicks.Count() >= 2);
        Assert.All(upcalls, upcall => Assert.Equal(VmLimits.DefaultUpcallVector, upcall.Vector));
        Assert.Equal("onetwo", machine.Text());
        Assert.Equal(MachineNames.Function(0), machine.Recording.OfType<NotifyEvent>().First().Device);
        Assert.Equal(Enumerable.Range(1, machine.Recording.Count).Select(number => (long)number), machine.Recording.Select(happened => happened.Sequence));
    }

    [Fact]
    public void Every_step_of_the_path_becomes_an_event_of_a_type_that_says_it()
    {
        foreach (var hop in Enum.GetValues<PathHop>())
        {
            var made = HopEventMaker.Of(new PathStep(hop, new VmId(3), 1, 9, IoAccess.Out(0x60, 1, 7), 5, "name"));
            Assert.Equal((hop, 3, 9UL), (made.Hop, made.Vm.Value, made.Request));
            Assert.Contains(HopNames.Of(hop), made.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_life_of_one_exit_can_be_demanded_step_by_step()
    {
        var machine = Boot();

        machine.Kick(queue: 1);
        var exit = machine.ExpectExit();
        machine.ExpectCompletion();

        machine.Recording.Should().FollowExactly(
            exit,
            PathHop.VmExit, PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler, PathHop.IoreqDispatch,
            PathHop.WakeClient, PathHop.IoreqTask, PathHop.IoeventfdHandler, PathHop.NotifyRequestFinish, PathHop.NotifyRequestFinish, PathHop.PostWork, PathHop.VmEntry);
        Assert.Throws<MachineFailureException>(() => machine.Recording.Should().FollowExactly(exit, PathHop.VmExit, PathHop.VmEntry));
    }

    [Fact]
    public void Demands_that_are_not_met_say_so()
    {
        var machine = Boot();
        machine.Done(machine.Write("x"));
        var should = machine.Recording.Should();

        should.Contain<ByteEvent>(exactly: 1).NotContain<DropEvent>();

        Assert.Throws<MachineFailureException>(() => should.Contain<DropEvent>());
        Assert.Throws<MachineFailureException>(() => should.NotContain<ByteEvent>(bytes => bytes.Text == "x"));
        Assert.Throws<MachineFailureException>(() => should.Follow(PathHop.BackendWrite, PathHop.BackendRead));
    }

    private static ulong Play(Machine machine)
    {
        machine.Done(machine.Write("the same bytes"));
        machine.Backend().Feed("and input");
        Assert.Equal("and input", machine.Read(9));
        machine.Wait(TimeSpan.FromSeconds(1));
        return machine.TraceHash;
    }

    private List<string> Lines(ulong seed)
    {
        var machine = Boot(described => described.Seed(seed).Vcpus(2));
        machine.Write("lines");
        machine.Kick(vcpu: 1);
        machine.ExpectBytes("lines");
        return [.. machine.Recording.Select(happened => happened.ToString())];
    }
}
