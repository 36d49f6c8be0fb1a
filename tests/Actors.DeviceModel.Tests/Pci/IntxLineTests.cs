namespace Actors.DeviceModel.Tests;

/// <summary>The INTx table of acrn-io-path 3.5, row by row.</summary>
public sealed class IntxLineTests
{
    private enum Event
    {
        Assert,
        Deassert,
        Permit,
        Forbid,
    }

    [Theory]
    [InlineData(nameof(IntxState.Idle), true, nameof(Event.Assert), nameof(IntxState.Asserted), true)]
    [InlineData(nameof(IntxState.Idle), false, nameof(Event.Assert), nameof(IntxState.Pending), false)]
    [InlineData(nameof(IntxState.Idle), true, nameof(Event.Deassert), nameof(IntxState.Idle), false)]
    [InlineData(nameof(IntxState.Idle), true, nameof(Event.Forbid), nameof(IntxState.Idle), false)]
    [InlineData(nameof(IntxState.Asserted), true, nameof(Event.Assert), nameof(IntxState.Asserted), false)]
    [InlineData(nameof(IntxState.Asserted), true, nameof(Event.Deassert), nameof(IntxState.Idle), true)]
    [InlineData(nameof(IntxState.Asserted), true, nameof(Event.Forbid), nameof(IntxState.Pending), true)]
    [InlineData(nameof(IntxState.Pending), false, nameof(Event.Assert), nameof(IntxState.Pending), false)]
    [InlineData(nameof(IntxState.Pending), false, nameof(Event.Deassert), nameof(IntxState.Idle), false)]
    [InlineData(nameof(IntxState.Pending), false, nameof(Event.Permit), nameof(IntxState.Asserted), true)]
    [InlineData(nameof(IntxState.Pending), false, nameof(Event.Forbid), nameof(IntxState.Pending), false)]
    public void Each_event_leads_where_the_table_says(string from, bool permitted, string happens, string to, bool pinChanges)
    {
        var line = new IntxLine();
        line.Permit(permitted);
        if (from != nameof(IntxState.Idle))
            line.Assert();
        Assert.Equal(from, line.State.ToString());

        var changed = Enum.Parse<Event>(happens) switch
        {
            Event.Assert => line.Assert(),
            Event.Deassert => line.Deassert(),
            Event.Permit => line.Permit(true),
            _ => line.Permit(false),
        };

        Assert.Equal((to, pinChanges), (line.State.ToString(), changed));
        Assert.Equal(to != nameof(IntxState.Idle), line.IsRequested);
    }
}
