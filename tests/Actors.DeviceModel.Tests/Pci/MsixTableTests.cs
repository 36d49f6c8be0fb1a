using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

public sealed class MsixTableTests
{
    private readonly TestPciHost _host = new();
    private readonly MsixTable _table;

    public MsixTableTests() => _table = new MsixTable(_host, 3);

    private void Program(int vector, uint control = 0)
    {
        _table.Write(vector * 16, 0xFEE0_0000);
        _table.Write((vector * 16) + 4, 0);
        _table.Write((vector * 16) + 8, (uint)(0x30 + vector));
        _table.Write((vector * 16) + 12, control);
    }

    [Fact]
    public void Every_entry_begins_masked()
    {
        Assert.Equal(0U, _table.Read(0));
        Assert.Equal(PciSpec.MsixEntryMasked, _table.Read(12));
        _table.Configure(enabled: true, functionMasked: false, busMaster: true);
        Assert.True(_table.Raise(0));
        Assert.Empty(_host.Messages);
        Assert.True(_table.IsPending(0));
    }

    [Fact]
    public void T18_Writes_behind_the_table_or_misaligned_are_dropped()
    {
        Assert.True(_table.Write(44, 0));
        Assert.False(_table.Write(48, 0));
        Assert.False(_table.Write(46, 0));
        Assert.False(_table.Write(_table.PbaOffset, uint.MaxValue));
        Assert.Equal(uint.MaxValue, _table.Read(48));
        Assert.Equal(0U, _table.Read(_table.PbaOffset));
        Assert.Equal(uint.MaxValue, _table.Read(_table.PbaOffset + 8));
        Assert.Equal(uint.MaxValue, _table.Read(2));
    }

    [Fact]
    public void T19_A_vector_raised_while_MSI_X_is_off_is_not_taken()
    {
        Program(0);

        Assert.False(_table.Raise(0));
        Assert.False(_table.IsPending(0));
        _table.Configure(enabled: true, functionMasked: false, busMaster: true);
        Assert.Empty(_host.Messages);
        Assert.False(_table.Raise(3));
        Assert.False(_table.Raise(0xFFFF));
        Assert.False(_table.Raise(-1));
    }

    [Fact]
    public void T20_Several_edges_while_masked_become_one_message()
    {
        Program(1, PciSpec.MsixEntryMasked);
        _table.Configure(enabled: true, functionMasked: false, busMaster: true);
        _table.Raise(1);
        _table.Raise(1);

        _table.Write(28, 0);

        Assert.Equal([(0xFEE0_0000UL, 0x31U)], _host.Messages);
        _table.Write(28, 0);
        Assert.Single(_host.Messages);
    }

    [Fact]
    public void What_is_pending_is_sent_when_MSI_X_is_enabled_again_but_not_after_the_devices_reset()
    {
        Program(0);
        Program(2);
        _table.Configure(enabled: true, functionMasked: true, busMaster: true);
        _table.Raise(2);
        _table.Raise(0);
        _table.Configure(enabled: false, functionMasked: false, busMaster: true);
        Assert.Empty(_host.Messages);
        _table.Configure(enabled: true, functionMasked: false, busMaster: true);
        Assert.Equal([0x30U, 0x32U], _host.Messages.Select(message => message.Data));

        _table.Configure(enabled: true, functionMasked: true, busMaster: true);
        _table.Raise(0);
        _table.ClearPending();
        _table.Configure(enabled: true, functionMasked: false, busMaster: true);
        Assert.Equal(2, _host.Messages.Count);
    }

    /// <summary>Row 25: whatever is masked and unmasked in between, an edge is sent once or stays pending, and a pending one is sent when nothing stands in its way.</summary>
    [Fact]
    public void Row25_No_edge_is_lost()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 2], Gen.Bool).Array[1, 60].Sample(
            steps =>
            {
                var host = new TestPciHost();
                var table = new MsixTable(host, 3);
                var (enabled, masked, master) = (false, false, true);
                var (entry, pending, sent) = (new bool[3], new bool[3], 0);
                Array.Fill(entry, true);
                void Settle()
                {
                    for (var i = 0; i < 3; i++)
                    {
                        if (!pending[i] || !enabled || masked || !master || entry[i])
                            continue;
                        pending[i] = false;
                        sent++;
                    }
                }

                foreach (var (what, vector, on) in steps)
                {
                    switch (what)
                    {
                        case 0:
                            enabled = on;
                            break;
                        case 1:
                            masked = on;
                            break;
                        case 2:
                            master = on;
                            break;
                        case 3:
                            entry[vector] = on;
                            table.Write((vector * 16) + 12, on ? 1U : 0);
                            break;
                        default:
                            if (table.Raise(vector))
                                pending[vector] = true;
                            break;
                    }

                    if (what < 3)
                        table.Configure(enabled, masked, master);
                    Settle();
                    Assert.Equal(sent, host.Messages.Count);
                    for (var i = 0; i < 3; i++)
                        Assert.Equal(pending[i], table.IsPending(i));
                }
            });
    }

    [Theory]
    [InlineData(1, 0x2000)]
    [InlineData(256, 0x2000)]
    [InlineData(257, 0x4000)]
    [InlineData(2048, 0x1_0000)]
    public void The_BAR_holds_table_and_pending_bits(int vectors, int size)
    {
        var table = new MsixTable(_host, vectors);

        Assert.Equal(size, table.BarSize);
        Assert.True(table.PbaOffset >= vectors * 16);
    }
}
