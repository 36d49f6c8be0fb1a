using Actors.Protocol;
using CsCheck;

namespace Actors.DeviceModel.Tests;

public sealed class PciFunctionTests
{
    private readonly TestPciHost _host = new();
    private readonly BareFunction _function;

    public PciFunctionTests()
    {
        _function = new BareFunction(_host);
        _function.AssignBars(new PciBarAllocator());
        _function.PowerOn();
    }

    private uint Bar(int index) => _function.ConfigRead(PciSpec.Bar0 + (4 * index), 4);

    private void SetBar(int index, uint value) => _function.ConfigWrite(PciSpec.Bar0 + (4 * index), 4, value);

    private void SetCommand(int command) => _function.ConfigWrite(PciSpec.Command, 2, (uint)command);

    [Fact]
    public void A_function_decodes_from_power_on()
    {
        Assert.Equal(["map 0 0x2000", "map 1 0x80000000", "map 2 0x80004000", "map 4 0x80008000"], _host.Effects);
        Assert.Equal(PciSpec.CommandIo | PciSpec.CommandMemory | PciSpec.CommandBusMaster, (int)_function.ConfigRead(PciSpec.Command, 2));
        Assert.Equal((uint)PciSpec.StatusCapabilities, _function.ConfigRead(PciSpec.Status, 2));
    }

    [Theory]
    [InlineData(0, 0x0000_FFC1U)]
    [InlineData(1, 0xFFFF_E000U)]
    [InlineData(2, 0xFFFF_C000U)]
    [InlineData(3, 0U)]
    [InlineData(4, 0xFFFF_C004U)]
    [InlineData(5, 0xFFFF_FFFFU)]
    public void P5_Sizing_with_decode_on_tells_the_size_and_moves_nothing(int index, uint expected)
    {
        var before = Bar(index);
        _host.Effects.Clear();

        SetBar(index, 0xFFFF_FFFF);
        Assert.Equal(expected, Bar(index));
        SetBar(index, before);

        Assert.Equal(before, Bar(index));
        Assert.Empty(_host.Effects);
    }

    [Fact]
    public void P5_Another_address_after_sizing_is_decoded_at_once()
    {
        _host.Effects.Clear();
        SetBar(0, 0xFFFF_FFFF);
        SetBar(0, 0x3000);

        Assert.Equal(["unmap 0 0x2000", "map 0 0x3000"], _host.Effects);
    }

    [Fact]
    public void Sizing_a_64_bit_BAR_half_by_half_moves_nothing_and_then_it_moves_above_4_GiB()
    {
        _host.Effects.Clear();
        SetBar(4, 0xFFFF_FFFF);
        SetBar(5, 0xFFFF_FFFF);
        SetBar(4, 0x8000_8000);
        SetBar(5, 0);
        Assert.Empty(_host.Effects);

        SetBar(5, 0x40);

        Assert.Equal(["unmap 4 0x80008000", "map 4 0x4080008000"], _host.Effects);
        Assert.Equal(0x8000_8004U, Bar(4));
    }

    [Fact]
    public void A_BAR_decodes_only_while_its_command_bit_is_set()
    {
        _host.Effects.Clear();
        SetCommand(PciSpec.CommandMemory);
        Assert.Equal(["unmap 0 0x2000"], _host.Effects);
        SetBar(0, 0x3000);
        Assert.Single(_host.Effects);
        SetCommand(PciSpec.CommandIo);
        Assert.Contains("map 0 0x3000", _host.Effects);
        Assert.Equal(3, _host.Effects.Count(effect => effect.StartsWith("unmap", StringComparison.Ordinal) && !effect.StartsWith("unmap 0", StringComparison.Ordinal)));

        // Decode comes back while a BAR is being sized: it has no address yet.
        SetBar(1, 0xFFFF_FFFF);
        SetCommand(PciSpec.CommandMemory);
        Assert.False(_function.TryGetMapping(1, out _));
        SetBar(1, 0x9000_0000);
        Assert.True(_function.TryGetMapping(1, out var address));
        Assert.Equal(0x9000_0000UL, address);
    }

    [Fact]
    public void P1_P2_A_BAR_on_top_of_another_or_of_RAM_is_inert_until_it_is_moved_and_harms_nobody()
    {
        var neighbour = new object();
        Assert.True(_host.Ports.TryAdd(0x4000, 0x100, neighbour));
        Assert.True(_host.Memory.TryReserve(0x1000_0000, 0x1000_0000));

        SetBar(0, 0x4040);
        SetBar(2, 0x1000_0000);
        Assert.False(_function.TryGetMapping(0, out _));
        Assert.False(_function.TryGetMapping(2, out _));
        SetCommand(0);
        SetCommand(PciSpec.CommandIo | PciSpec.CommandMemory);
        Assert.Same(neighbour, _host.Ports.Find(0x4040, 4, out _));
        Assert.Null(_host.Memory.Find(0x1000_0000, 4, out _));

        SetBar(0, 0x4100);
        SetBar(2, 0xA000_0000);
        Assert.True(_function.TryGetMapping(0, out _));
        Assert.NotNull(_host.Memory.Find(0xA000_0000, 4, out _));
    }

    [Fact]
    public void BARs_that_change_places_while_decode_is_off_both_decode_again()
    {
        SetCommand(0);
        SetBar(1, 0x8000_4000);
        SetBar(2, 0x8000_0000);
        SetCommand(PciSpec.CommandMemory);

        Assert.True(_function.TryGetMapping(1, out var one));
        Assert.True(_function.TryGetMapping(2, out var two));
        Assert.Equal((0x8000_4000UL, 0x8000_0000UL), (one, two));
    }

    [Fact]
    public void A_BAR_without_an_address_does_not_decode()
    {
        SetBar(1, 0);

        Assert.False(_function.TryGetMapping(1, out _));
    }

    [Fact]
    public void Reset_leaves_every_place_and_power_on_returns_to_the_first_one()
    {
        SetBar(0, 0x3000);
        SetCommand(PciSpec.CommandIo | PciSpec.CommandIntxDisable);
        _function.ConfigWrite(PciSpec.InterruptLine, 1, 9);
        _function.Want();
        _host.Effects.Clear();

        _function.Reset();
        Assert.Equal(["unmap 0 0x3000"], _host.Effects);
        _function.PowerOn();

        Assert.Equal(5, _host.Effects.Count);
        Assert.Contains("map 0 0x2000", _host.Effects);
        Assert.Equal(17U, _function.ConfigRead(PciSpec.InterruptLine, 1));
        Assert.Equal(IntxState.Idle, _function.Intx);
    }

    /// <summary>P3, P4: no write sequence changes a read-only byte, and none makes a read or write fail.</summary>
    [Fact]
    public void P3_P4_Only_the_writable_bits_of_configuration_space_ever_change()
    {
        Gen.Select(Gen.Int[-8, 0x1010], Gen.Int[0, 5].Select(i => new[] { 1, 2, 4, 3, 8, 0 }[i]), Gen.UInt).Array[1, 60].Sample(
            writes =>
            {
                var host = new TestPciHost();
                var function = new BareFunction(host);
                function.AssignBars(new PciBarAllocator());
                function.PowerOn();
                var before = Enumerable.Range(0, 256).Select(at => (byte)function.ConfigRead(at, 1)).ToArray();
                foreach (var (register, size, value) in writes)
                {
                    function.ConfigWrite(register, size, value);
                    function.ConfigRead(register, size);
                }

                for (var at = 0; at < 256; at++)
                {
                    var writable = at switch
                    {
                        4 => 0x7F,
                        5 => 0x07,
                        0x0C or 0x0D or 0x3C => 0xFF,
                        >= 0x10 and < 0x28 => 0xFF,
                        0x43 => 0xC0,
                        _ => 0,
                    };
                    Assert.Equal(before[at] & ~writable, (byte)function.ConfigRead(at, 1) & ~writable);
                }

                Assert.Equal(1U, function.ConfigRead(PciSpec.Bar0, 4) & 3);
                Assert.Equal(4U, function.ConfigRead(PciSpec.Bar0 + 16, 4) & 0xF);
            });
    }

    [Theory]
    [InlineData(0x100, 4, 0U)]
    [InlineData(0x102, 2, 0U)]
    [InlineData(0x103, 1, 0U)]
    [InlineData(0x104, 4, 0xFFFF_FFFFU)]
    [InlineData(0xFFF, 1, 0xFFU)]
    [InlineData(0x1000, 4, 0xFFFF_FFFFU)]
    [InlineData(-4, 4, 0xFFFF_FFFFU)]
    [InlineData(0x01, 2, 0xFFFFU)]
    [InlineData(0x02, 4, 0xFFFF_FFFFU)]
    [InlineData(0x00, 3, 0xFF_FFFFU)]
    [InlineData(0x00, 8, 0xFFFF_FFFFU)]
    public void P9_Odd_and_extended_configuration_reads_have_an_answer(int register, int size, uint expected) =>
        Assert.Equal(expected, _function.ConfigRead(register, size));

    [Fact]
    public void The_status_register_shows_the_interrupt_even_when_the_pin_is_disabled()
    {
        SetCommand(PciSpec.CommandIntxDisable);
        _function.Want();

        Assert.Equal((uint)PciSpec.StatusInterrupt, _function.ConfigRead(PciSpec.Status, 2) & PciSpec.StatusInterrupt);
        Assert.False(_host.Intx);
        SetCommand(0);
        Assert.True(_host.Intx);
        _function.Served();
        Assert.False(_host.Intx);
        Assert.Equal(0U, _function.ConfigRead(PciSpec.Status, 2) & PciSpec.StatusInterrupt);
    }

    [Fact]
    public void Messages_wait_while_the_function_is_no_bus_master()
    {
        _function.BarWrite(1, 0, 8, 0xFEE0_1000);
        _function.BarWrite(1, 8, 8, 0x33);
        _function.ConfigWrite(0x40 + PciSpec.MsixControl, 2, PciSpec.MsixEnable);
        SetCommand(PciSpec.CommandMemory);
        Assert.True(_function.Msix!.Raise(0));
        Assert.Empty(_host.Messages);

        SetCommand(PciSpec.CommandMemory | PciSpec.CommandBusMaster);

        Assert.Equal([(0xFEE0_1000UL, 0x33U)], _host.Messages);
    }

    [Fact]
    public void Enabling_MSI_X_takes_the_pin_back_and_disabling_it_drives_it_again()
    {
        _function.Want();
        Assert.True(_host.Intx);
        _function.ConfigWrite(0x40, 4, (uint)PciSpec.MsixEnable << 16);
        Assert.False(_host.Intx);
        Assert.Equal(IntxState.Pending, _function.Intx);
        _function.ConfigWrite(0x42, 2, 0);
        Assert.True(_host.Intx);
    }

    [Fact]
    public void An_8_byte_access_is_two_halves_and_is_wholly_inside_or_nobodys()
    {
        _function.BarWrite(2, 8, 8, 0x1122_3344_5566_7788);
        Assert.Equal([(8U, 4, 0x5566_7788U), (12U, 4, 0x1122_3344U)], _function.Writes);
        Assert.Equal(0x0000_000C_0000_0008UL, _function.BarRead(2, 8, 8));
        _function.Writes.Clear();

        _function.BarWrite(2, 0x3FFC, 8, 0);
        _function.BarWrite(0, 0, 8, 0);

        Assert.Empty(_function.Writes);
        Assert.Equal(ulong.MaxValue, _function.BarRead(2, 0x3FFC, 8));
    }

    /// <summary>An ordinary function: I/O BAR 0, MSI-X in BAR 1, memory BAR 2, 64-bit BAR 4. Its BARs read as the offset.</summary>
    private sealed class BareFunction : PciFunction
    {
        public BareFunction(IPciFunctionHost host)
            : base(host, new PciIdentity(0x1234, 0x5678, 9, 0x07_80_00, 0x1111, 0x2222), new PciInterrupt(1, 17))
        {
            DefineBar(0, PciBarKind.Io, 36);
            DefineMsix(1, 5);
            DefineBar(2, PciBarKind.Memory32, 0x4000);
            DefineBar(4, PciBarKind.Memory64, 0x4000);
        }

        public List<(uint Offset, int Size, uint Value)> Writes { get; } = [];

        public void Want() => AssertIntx();

        public void Served() => DeassertIntx();

        protected override uint ReadBar(int index, uint offset, int size) => offset;

        protected override void WriteBar(int index, uint offset, int size, uint value) => Writes.Add((offset, size, value));
    }
}
