using Actors.Protocol;

namespace Actors.Hsm.Tests;

public sealed class ServicePageTests
{
    private static readonly IoAccess Read = IoAccess.In(0x60, 1);

    private readonly ServicePage _page = new(4);
    private readonly IoreqClient _client = new((object)"server");

    [Fact]
    public void A_fresh_page_is_all_free_and_not_all_pending()
    {
        for (int i = 0; i < 4; i++)
            Assert.Equal(IoRequestSlotState.Free, _page[i].State);
        Assert.Equal(-1, _page.NextPending());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(17)]
    public void A_page_has_one_to_sixteen_slots(int vcpus) => Assert.Throws<ArgumentOutOfRangeException>(() => new ServicePage(vcpus));

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void A_request_of_a_vcpu_that_is_not_there_is_refused(int vcpu) =>
        Assert.Equal(PageVerdict.OutOfRange, _page.Accept(new IoRequest(vcpu, 1, Read)));

    [Fact]
    public void A_new_request_is_pending_then_processing_then_complete()
    {
        Assert.Equal(PageVerdict.Accepted, Accept(2, 1));
        Assert.Equal(IoRequestSlotState.Pending, _page[2].State);
        Assert.Equal(2, _page.NextPending());

        _page.Begin(2, _client);
        Assert.Equal(IoRequestSlotState.Processing, _page[2].State);
        Assert.Equal(1 << 2, _client.Bitmap);
        Assert.Equal(-1, _page.NextPending());

        _page.Complete(2, 0x1FF);
        Assert.Equal(IoRequestSlotState.Complete, _page[2].State);
        Assert.Equal(0xFFUL, _page[2].Value);
        Assert.Equal(0, _client.Bitmap);
    }

    [Theory]
    [InlineData(0, PageVerdict.Stale)]
    [InlineData(4, PageVerdict.Stale)]
    [InlineData(5, PageVerdict.InHand)]
    [InlineData(6, PageVerdict.SlotBusy)]
    [InlineData(ulong.MaxValue, PageVerdict.SlotBusy)]
    public void While_one_is_in_hand_a_request_is_judged_by_its_sequence(ulong sequence, object verdict)
    {
        Accept(0, 5);
        Assert.Equal(verdict, Accept(0, sequence));
        _page.Begin(0, _client);
        Assert.Equal(verdict, Accept(0, sequence));
        Assert.Equal(5UL, _page[0].Request.Sequence);
    }

    [Theory]
    [InlineData(0, PageVerdict.Stale)]
    [InlineData(4, PageVerdict.Stale)]
    [InlineData(5, PageVerdict.Finished)]
    [InlineData(6, PageVerdict.Accepted)]
    [InlineData(900, PageVerdict.Accepted)]
    public void After_one_is_complete_a_request_is_judged_by_its_sequence(ulong sequence, object verdict)
    {
        Accept(0, 5);
        _page.Complete(0, 1);
        Assert.Equal(verdict, Accept(0, sequence));
    }

    [Fact]
    public void A_sequence_of_zero_is_never_a_request() => Assert.Equal(PageVerdict.Stale, Accept(0, 0));

    [Fact]
    public void The_value_of_a_write_is_nothing()
    {
        _page.Accept(new IoRequest(0, 1, IoAccess.Out(0x60, 1, 5)));
        _page.Complete(0, 77);
        Assert.Equal(0UL, _page[0].Value);
    }

    [Fact]
    public void A_reset_frees_every_state_and_takes_the_clients_bits()
    {
        Accept(0, 3);
        Accept(1, 4);
        _page.Begin(1, _client);
        Accept(2, 5);
        _page.Complete(2, 0);

        _page.Free(1);

        for (int i = 0; i < 4; i++)
            Assert.Equal(IoRequestSlotState.Free, _page[i].State);
        Assert.Equal(0, _client.Bitmap);
        Assert.Equal(-1, _page.NextPending());
        Assert.Equal(PageVerdict.Accepted, Accept(1, 1));
    }

    private PageVerdict Accept(int vcpu, ulong sequence) => _page.Accept(new IoRequest(vcpu, sequence, Read));
}
