using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>A device whose record is lost or old comes back as after a reset, says so, and does nothing of its earlier life any more.</summary>
public sealed class LostRecordTests
{
    private const int Receive = 0;
    private const int Transmit = 1;
    private const uint ConfigurationMessage = 0;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_device_without_its_record_asks_for_a_reset_by_interrupt(bool isOld)
    {
        var rig = Sending(isOld, out _);

        Assert.Equal(VirtioSpec.StatusNeedsReset, (byte)rig.Access(VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceStatus, 1, null));
        Assert.Contains(ConfigurationMessage, rig.Interrupts);
        Assert.Contains(isOld ? "3 commits old" : "its record is lost", rig.Life.Loss, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Until_the_reset_nothing_is_used_and_nothing_comes_out(bool isOld)
    {
        var rig = Sending(isOld, out var used);
        var written = rig.Ports[0].Backend.WrittenCount;
        rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([9, 9]));
        rig.Kick(Transmit);
        rig.Settle();

        Assert.Equal(used, rig.Rings[Transmit].UsedIndex);
        Assert.Equal(written, rig.Ports[0].Backend.WrittenCount);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void After_the_reset_it_works_as_on_the_first_day(bool isOld, bool eventIndex)
    {
        var rig = Sending(isOld, out _);
        rig.Shelf.Choose = null;
        var before = rig.Ports[0].Backend.WrittenCount;
        rig.BringUp(eventIndex);
        rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([7, 8, 9]));
        rig.Kick(Transmit);
        rig.Rings[Receive].Send(rig.Rings[Receive].In(64));
        rig.Kick(Receive);
        rig.Ports[0].Backend.Feed([4, 5]);
        rig.Settle();

        Assert.Equal(before + 3, rig.Ports[0].Backend.WrittenCount);
        Assert.Equal([7, 8, 9], rig.Ports[0].Backend.Written()[^3..]);
        Assert.Equal(1, rig.Rings[Transmit].UsedIndex);
        Assert.Equal(2u, Assert.Single(rig.TakeUsed(Receive)).Length);
    }

    [Fact]
    public void A_crash_more_before_the_reset_changes_nothing_of_that()
    {
        var rig = Sending(isOld: false, out _);
        rig.Shelf.Choose = null;
        CrashOnce(rig);
        rig.Settle();
        Assert.Null(rig.Life.Loss);
        Assert.Equal(VirtioSpec.StatusNeedsReset, (byte)rig.Access(VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceStatus, 1, null));
        rig.BringUp(eventIndex: false);
        var before = rig.Ports[0].Backend.WrittenCount;
        rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([1]));
        rig.Kick(Transmit);
        rig.Settle();

        Assert.Equal(before + 1, rig.Ports[0].Backend.WrittenCount);
    }

    [Fact]
    public void Input_that_the_guest_may_have_is_given_up_rather_than_given_twice()
    {
        var rig = Rig();
        rig.Rings[Receive].Send(rig.Rings[Receive].In(64));
        rig.Kick(Receive);
        rig.Settle();

        // The device has used the buffer; that it did, the port has not heard.
        rig.Ports[0].Backend.Feed([1, 2, 3]);
        while (rig.Rings[Receive].UsedIndex == 0)
            rig.Run(1);
        rig.Shelf.Choose = _ => null;
        CrashOnce(rig);
        rig.Settle();
        rig.Shelf.Choose = null;
        rig.BringUp(eventIndex: false);
        rig.Rings[Receive].Send(rig.Rings[Receive].In(64));
        rig.Kick(Receive);
        rig.Ports[0].Backend.Feed([4]);
        rig.Settle();

        var (head, length) = Assert.Single(rig.TakeUsed(Receive));
        Assert.Equal([4], rig.Content(Receive, head, length));
    }

    [Fact]
    public void The_newest_record_loses_nothing_whoever_kept_it()
    {
        var rig = Rig();
        rig.Shelf.Choose = _ => rig.Shelf.Copies[^1];
        rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([1, 2]));
        rig.Kick(Transmit);
        CrashOnce(rig);
        rig.Settle();

        Assert.Null(rig.Life.Loss);
        Assert.Equal([1, 2], rig.Ports[0].Backend.Written());
        Assert.Equal(1, rig.Rings[Transmit].UsedIndex);
    }

    private static CrashRig Rig() => new CrashRig(new ConsolePortSpec("a", true, BackendKind.Memory)).BringUp(eventIndex: false);

    /// <summary>A device with chains behind it and one in hand, which has crashed and whose record was not found.</summary>
    private static CrashRig Sending(bool isOld, out ushort used)
    {
        var rig = Rig();
        for (byte i = 0; i < 5; i++)
        {
            rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([i]));
            rig.Kick(Transmit);
            rig.Settle();
        }

        rig.Ports[0].Backend.HoldWrites(MemoryOutcome.WouldBlock);
        rig.Rings[Transmit].Send(rig.Rings[Transmit].Out([100, 101]));
        rig.Kick(Transmit);
        rig.Settle();
        used = rig.Rings[Transmit].UsedIndex;
        rig.Interrupts.Clear();
        rig.Shelf.Choose = newest => isOld ? rig.Shelf.Copies[^4] : null;
        CrashOnce(rig);
        rig.Settle();
        rig.Ports[0].Backend.ReleaseWrites();
        rig.Settle();
        return rig;
    }

    private static void CrashOnce(CrashRig rig)
    {
        var crashes = rig.DeviceCrashes;
        rig.Crash = _ => rig.DeviceCrashes == crashes;
        rig.Tick();
        rig.Crash = null;
    }
}
