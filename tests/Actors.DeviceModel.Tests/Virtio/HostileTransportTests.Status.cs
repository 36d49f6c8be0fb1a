using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

/// <summary>The same rows: what a guest may do to status, features and reset.</summary>
public sealed partial class HostileTransportTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(0xF)]
    [InlineData(8)]
    public void Row14_DRIVER_OK_needs_FEATURES_OK_before_it(int status)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);

        machine.Status = (byte)status;

        Assert.Equal(0, machine.Status & (VirtioSpec.StatusDriverOk | VirtioSpec.StatusFeaturesOk));
        Assert.DoesNotContain("activate", machine.Device.Calls);
    }

    [Fact]
    public void Row14_A_legacy_driver_has_no_FEATURES_OK_and_needs_ACKNOWLEDGE_and_DRIVER()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 4);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 0xB);
        Assert.Equal(3UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 7);
        Assert.Equal(7UL, machine.In(VirtioPciSpec.LegacyStatus, 1));
    }

    [Fact]
    public void Row15_Status_bits_stay_until_0_is_written()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();

        foreach (var value in new byte[] { 1, 2, 4, 8, 0xB, VirtioSpec.StatusNeedsReset })
        {
            machine.Status = value;
            Assert.Equal(0xF, machine.Status);
        }

        Assert.Equal(1, machine.Device.Calls.Count(call => call == "activate"));
    }

    [Fact]
    public void Row15_A_driver_that_gave_up_can_only_reset()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.Status = 0xB | VirtioSpec.StatusFailed;
        machine.Status = 0xF;
        Assert.Equal(0xB | VirtioSpec.StatusFailed, machine.Status);
        machine.Status = 0;
        Assert.Equal(0, machine.Status);
    }

    [Fact]
    public void Row16_After_a_reset_nothing_of_the_old_epoch_leaves()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Device.Holds = true;
        machine.EnableMsix();
        machine.Start();
        var ring = machine.Rings[1];
        ring.Send(ring.In(4));
        machine.Kick(1);
        var queue = machine.Function.Queue(1);
        var chain = machine.Device.Held.Single().Chain;
        var epoch = machine.Function.Epoch;

        machine.Status = 0;
        var accesses = machine.Memory.Accesses;
        Assert.True(queue.Push(chain, 4));
        machine.Function.SignalUsed(queue);
        machine.Function.SignalConfigChange();
        machine.Function.Doorbell(1);
        machine.Kick(1);

        Assert.Equal(epoch + 1, machine.Function.Epoch);
        Assert.Equal(0, machine.Status);
        Assert.Equal(accesses, machine.Memory.Accesses);
        Assert.Empty(machine.Host.Messages);
        Assert.False(machine.Host.Intx);
        Assert.Equal(0, ring.UsedIndex);
        Assert.Empty(machine.Host.Doorbells);
        Assert.Equal((ulong)VirtioPciSpec.NoVector, machine.Read(VirtioPciSpec.ConfigMsixVector, 2));
        Assert.Equal(8UL, machine.Read(VirtioPciSpec.QueueSize, 2));
    }

    [Fact]
    public void Row17_A_storm_of_resets_costs_nothing_that_stays()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern).Start();
        machine.Status = 0;
        machine.Device.Calls.Capacity = 200_000;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100_000; i++)
            machine.Status = 0;

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
        machine.Start();
    }

    [Theory]
    [InlineData(VirtioSpec.FeatureVersion1 | (1UL << 60), 0)]
    [InlineData(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureAnyLayout, 0)]
    [InlineData(VirtioSpec.FeatureVersion1, 8)]
    [InlineData(0UL, 0)]
    [InlineData(VirtioSpec.FeatureEventIndex, 0)]
    public void Rows18_21_Features_that_were_not_offered_or_miss_VERSION_1_are_refused(ulong features, int accepted)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);

        machine.Negotiate(features);

        Assert.Equal(accepted, machine.Status & VirtioSpec.StatusFeaturesOk);
    }

    [Fact]
    public void Row18_A_legacy_driver_gets_only_what_was_offered()
    {
        var machine = new TestFunction(VirtioTransportKind.Legacy);
        machine.Out(VirtioPciSpec.LegacyGuestFeatures, 4, uint.MaxValue);

        Assert.Equal(machine.In(VirtioPciSpec.LegacyHostFeatures, 4), machine.In(VirtioPciSpec.LegacyGuestFeatures, 4));
    }

    [Fact]
    public void Row19_Features_are_frozen_by_FEATURES_OK_and_in_legacy_by_DRIVER_OK()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Negotiate();
        machine.WriteFeatures(VirtioSpec.FeatureVersion1 | VirtioSpec.FeatureEventIndex);
        Assert.Equal(VirtioSpec.FeatureVersion1, machine.Function.NegotiatedFeatures);

        var legacy = new TestFunction(VirtioTransportKind.Legacy).StartLegacy((uint)VirtioSpec.FeatureEventIndex);
        legacy.Out(VirtioPciSpec.LegacyGuestFeatures, 4, 0);
        Assert.Equal(VirtioSpec.FeatureEventIndex, legacy.Function.NegotiatedFeatures);
    }

    [Theory]
    [InlineData(2U)]
    [InlineData(0xFFFF_FFFFU)]
    public void Row20_Feature_words_that_do_not_exist_are_0(uint select)
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Write(VirtioPciSpec.DeviceFeatureSelect, 4, select);
        machine.Write(VirtioPciSpec.DriverFeatureSelect, 4, select);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.DeviceFeature, 4));

        machine.Status = 3;
        machine.Write(VirtioPciSpec.DriverFeature, 4, 1);
        Assert.Equal(0UL, machine.Read(VirtioPciSpec.DriverFeature, 4));
        machine.WriteFeatures(VirtioSpec.FeatureVersion1);
        machine.Status = 0xB;
        Assert.Equal(3, machine.Status);
    }

    [Fact]
    public void The_interface_that_a_driver_began_with_stays_until_reset()
    {
        var machine = new TestFunction();
        machine.Status = 3;
        machine.Out(VirtioPciSpec.LegacyStatus, 1, 7);
        Assert.Equal(3, machine.Status);
        machine.Out(VirtioPciSpec.LegacyQueuePfn, 4, 0x10);
        Assert.Equal(0UL, machine.In(VirtioPciSpec.LegacyQueuePfn, 4));
        machine.Status = 0;

        machine.StartLegacy();
        machine.WriteFeatures(VirtioSpec.FeatureVersion1);
        machine.Status = 0xF;
        Assert.Equal(7, machine.Status);
        Assert.Equal(0UL, machine.Function.NegotiatedFeatures);
    }

    [Fact]
    public void A_change_of_configuration_changes_the_generation_in_every_status_and_interrupts_in_some()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        machine.Function.SignalConfigChange();
        Assert.Equal(1UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
        Assert.False(machine.Host.Intx);

        machine.Start();
        machine.Function.SignalConfigChange();
        Assert.Equal(2UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
        Assert.Equal((ulong)VirtioPciSpec.IsrConfig, machine.Read(VirtioPciSpec.IsrOffset, 1));
        machine.Status = 0;
        Assert.Equal(2UL, machine.Read(VirtioPciSpec.ConfigGeneration, 1));
    }

    [Fact]
    public void Reports_are_few_however_often_a_guest_resets()
    {
        var machine = new TestFunction(VirtioTransportKind.Modern);
        for (var round = 0; round < 100; round++)
        {
            for (var i = 0; i < 20; i++)
                machine.Read(0xFFC, 4);
            if (round == 0)
                Assert.Equal(GuestFaultLedger.ReportsPerEpoch, machine.Host.Reports.Count);
            machine.Status = 0;
        }

        Assert.Equal(GuestFaultLedger.Reports, machine.Host.Reports.Count);
        Assert.Equal(2000, FaultsOf(machine).CountOf(GuestFaultKind.RegisterAccess));
    }
}
