using System.Collections.Immutable;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Hsm.Tests;

/// <summary>F26: the HSM of a VM begins anew without what it knew.</summary>
public sealed class RestartTests
{
    private readonly RecordedEffects _effects = new();
    private readonly HsmVm _vm;

    public RestartTests()
    {
        _vm = new HsmVm(TestVm.Spec(4), 3, [], _effects, null, incarnation: 2);
        _vm.Rebuild(TestVm.DeviceModel);
    }

    [Fact]
    public void It_asks_both_neighbours_until_they_answer()
    {
        Assert.Equal([("page", 3u, 2), ("registrations", 3u, 2)], _effects.Asked);
        Assert.True(_vm.OnRetryTick());
        Assert.Equal(2, _effects.Asked.Count);
        Assert.True(_vm.OnRetryTick());
        Assert.Equal(4, _effects.Asked.Count);

        Page();
        Assert.True(_vm.OnRetryTick());
        Assert.True(_vm.OnRetryTick());
        Assert.Equal(("registrations", 3u, 2), _effects.Asked[^1]);
        Assert.Equal(5, _effects.Asked.Count);

        _vm.OnRegistrationsTold(new DispatchHop.RegistrationsTold(TestVm.Id, 3, 2));
        Assert.False(_vm.IsRebuilding);
        Assert.False(_vm.OnRetryTick());
    }

    [Fact]
    public void Requests_wait_for_the_page_which_brings_them()
    {
        Upcall(new IoRequest(1, 9, IoAccess.In(0xCFC, 4)));
        Assert.Empty(_effects.Dispatched);
        Assert.Equal(1, _vm.Counters.WhileRebuilding);

        Page(0x8000_1810, new IoRequest(1, 9, IoAccess.In(0xCFC, 4)));

        var dispatched = Assert.Single(_effects.Dispatched);
        Assert.Equal((TestVm.DeviceModel, 3u), (dispatched.Server, dispatched.Epoch));
        Assert.Equal(IoRequestType.PciConfig, dispatched.Request.Access.Type);
        Assert.Equal(PciConfigAddress.Pack(new Bdf(0, 3, 0), 0x10), dispatched.Request.Access.Address);
    }

    [Fact]
    public void An_answer_that_was_on_its_way_to_the_one_before_finishes_nothing_and_the_request_is_asked_for_again()
    {
        _vm.OnRequestDone(new DispatchHop.RequestDone(TestVm.Id, 3, 1, 9, 0x55));
        Assert.Empty(_effects.Finished);

        Page(0, new IoRequest(1, 9, IoAccess.Load(0x1000, 4)));
        _vm.OnRequestDone(new DispatchHop.RequestDone(TestVm.Id, 3, 1, 9, 0x55));

        Assert.Equal([(3u, 1, 9UL, 0x55UL)], _effects.Finished);
    }

    /// <summary>I7 while tables are rebuilt: first match in the table as it is, else the default client.</summary>
    [Fact]
    public void A_kick_before_its_doorbell_is_registered_again_takes_the_slow_path_and_after_it_the_fast_one()
    {
        Page();
        Upcall(new IoRequest(0, 1, IoAccess.Store(0x4000, 2, 0)));
        Assert.Single(_effects.Dispatched);
        _vm.OnRequestDone(new DispatchHop.RequestDone(TestVm.Id, 3, 0, 1, 0));

        Register(5, 0x4000);
        _effects.Signals.Clear();
        Upcall(new IoRequest(0, 2, IoAccess.Store(0x4000, 2, 0)));

        Assert.Single(_effects.Dispatched);
        Assert.Single(_effects.Signals);
        Assert.Equal(2UL, _effects.Finished[^1].Sequence);
    }

    [Fact]
    public void A_doorbell_that_is_registered_again_rings_once_since_its_last_ring_may_be_lost()
    {
        Register(5, 0x4000);
        Register(5, 0x5000);
        Register(6, 0x6000);

        Assert.Equal([5UL, 6UL], _effects.Signals.Select(signal => signal.Cookie));
    }

    [Fact]
    public void Doorbells_count_from_above_anything_that_an_earlier_incarnation_counted()
    {
        Register(5, 0x4000);

        var signal = Assert.Single(_effects.Signals);
        Assert.Equal((2UL << 40) + 1, signal.Count);
        _vm.OnDoorbellDrained(new DispatchHop.DoorbellDrained(TestVm.Id, 3, 5, 17));
        Assert.Equal(0, _vm.Counters.UnknownDoorbell);
        _vm.OnDoorbellDrained(new DispatchHop.DoorbellDrained(TestVm.Id, 3, 5, signal.Count));
        Page();
        _vm.OnRegistrationsTold(new DispatchHop.RegistrationsTold(TestVm.Id, 3, 2));
        Assert.False(_vm.OnRetryTick());
    }

    [Fact]
    public void Kicks_go_on_where_the_hypervisor_s_ring_does()
    {
        _vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, 3, 41, 5, Oldest: 40));
        Assert.Equal(1, _vm.Counters.AsyncioGaps);
        _vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, 3, 40, 5, Oldest: 40));
        _vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, 3, 41, 5, Oldest: 40));
        _vm.OnAsyncioKick(new UpcallHop.AsyncioKick(TestVm.Id, 3, 41, 5, Oldest: 40));

        Assert.Equal([(3u, 41UL)], _effects.Drained);
    }

    [Fact]
    public void An_epoch_that_it_missed_comes_with_the_page()
    {
        _vm.OnPageState(new UpcallHop.PageState(TestVm.Id, 4, 2, 0, default));

        Assert.Equal(4u, _vm.Epoch);
        Assert.True(_vm.IsRebuilding);
    }

    [Fact]
    public void Answers_to_other_incarnations_and_repeated_ones_change_nothing()
    {
        _vm.OnPageState(new UpcallHop.PageState(TestVm.Id, 3, 1, 0, [new IoRequest(0, 1, IoAccess.Load(0x1000, 4))]));
        _vm.OnPageState(new UpcallHop.PageState(TestVm.Id, 2, 2, 0, [new IoRequest(0, 1, IoAccess.Load(0x1000, 4))]));
        _vm.OnRegistrationsTold(new DispatchHop.RegistrationsTold(TestVm.Id, 3, 1));
        Assert.Empty(_effects.Dispatched);
        Assert.Equal(3, _vm.Counters.StaleAnswers);

        Page();
        Page(0, new IoRequest(0, 1, IoAccess.Load(0x1000, 4)));
        Assert.Empty(_effects.Dispatched);
    }

    private void Page(uint address = 0, params IoRequest[] pending) =>
        _vm.OnPageState(new UpcallHop.PageState(TestVm.Id, 3, 2, address, pending.Length == 0 ? default : [.. pending]));

    private void Upcall(IoRequest request) => _vm.OnUpcall(new UpcallHop.Upcall(TestVm.Id, 3, 0xF3, request, default));

    private void Register(ulong cookie, ulong address) =>
        _vm.OnSetIoeventfd(new DispatchHop.SetIoeventfd(TestVm.Id, 3, (long)address, IoeventfdFlags.None, cookie, address, 2, 0, ActorRefs.Nobody), "device");
}
