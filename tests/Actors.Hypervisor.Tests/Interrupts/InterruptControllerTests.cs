using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

public sealed class InterruptControllerTests : IInterruptSink
{
    private const ulong Level = 0x8000;

    private readonly List<(int Vcpu, byte Vector)> _delivered = [];
    private readonly List<(int Vcpu, byte Vector)> _started = [];
    private readonly List<(int Vcpu, ulong Sequence, byte Vector)> _offers = [];
    private readonly List<(ulong Source, ulong Sequence)> _acknowledged = [];
    private readonly HashSet<int> _deaf = [];
    private readonly HashSet<int> _running = [0];
    private readonly InterruptController _controller;
    private ulong _sequence;
    private bool _takesLater;

    public InterruptControllerTests()
    {
        _controller = new InterruptController(4, this);
        for (var i = 0; i < 4; i++)
            Apic(i, 0xF0, 0x1FF);
    }

    [Fact]
    public void An_MSI_reaches_the_vcpu_it_names()
    {
        Assert.True(_controller.InjectMsi(1, 1, 0xFEE0_2000, 0x41));

        Assert.Equal([(2, (byte)0x41)], _delivered);
    }

    [Fact]
    public void A_repeated_MSI_is_applied_once_and_one_from_another_source_again()
    {
        _controller.InjectMsi(1, 1, 0xFEE0_0000, 0x41);
        Assert.False(_controller.InjectMsi(1, 1, 0xFEE0_0000, 0x41));
        Eoi(0);
        Assert.True(_controller.InjectMsi(2, 1, 0xFEE0_0000, 0x41));

        Assert.Equal(2, _delivered.Count);
        Assert.Equal(1, _controller.Replays.Repeated);
    }

    [Fact]
    public void A_lost_MSI_is_noticed_and_its_repeat_applied()
    {
        _controller.InjectMsi(1, 1, 0xFEE0_0000, 0x41, oldest: 1);
        _controller.InjectMsi(1, 3, 0xFEE0_0000, 0x61, oldest: 1);

        Assert.Equal([(1UL, 1UL)], _acknowledged);
        Assert.True(_controller.InjectMsi(1, 2, 0xFEE0_0000, 0x51, oldest: 2));
        Assert.Equal([(1UL, 1UL), (1UL, 3UL)], _acknowledged);
        Assert.Equal(1, _controller.Replays.Gaps);
    }

    [Fact]
    public void A_malformed_MSI_needs_no_repeat()
    {
        Assert.False(_controller.InjectMsi(1, 1, 0x1234, 0x41, oldest: 1));
        Assert.False(_controller.InjectMsi(1, 1, 0x1234, 0x41, oldest: 1));

        Assert.Equal([(1UL, 1UL)], _acknowledged);
        Assert.Equal(1, _controller.Malformed);
    }

    [Fact]
    public void Of_a_line_only_the_last_level_must_arrive()
    {
        _controller.SetLine(7, 1, 16, IrqLineOperation.SetHigh, oldest: 1);
        Assert.True(_controller.SetLine(7, 4, 16, IrqLineOperation.SetLow, oldest: 4));
        Assert.False(_controller.SetLine(7, 3, 16, IrqLineOperation.SetHigh, oldest: 3));
        Assert.False(_controller.SetLine(7, 4, 16, IrqLineOperation.SetLow, oldest: 4));

        Assert.Equal((7UL, 4UL), _acknowledged[^1]);
    }

    [Fact]
    public void A_logical_MSI_reaches_every_member_and_lowest_priority_one()
    {
        for (var i = 0; i < 4; i++)
            Apic(i, 0xD0, 1u << (24 + i));

        Msi(0xFEE0_A004, 0x41);
        Assert.Equal([1, 3], _delivered.Select(d => d.Vcpu));

        _delivered.Clear();
        Msi(0xFEE0_A004, 0x151);
        Msi(0xFEE0_A00C, 0x61);
        Assert.Equal([(1, (byte)0x51), (3, (byte)0x61)], _delivered);
    }

    [Fact]
    public void Malformed_and_unaddressed_interrupts_are_counted()
    {
        Assert.False(_controller.InjectMsi(1, 1, 0xDEAD_0000, 0x41));
        Assert.False(_controller.SetLine(1, 2, 48, IrqLineOperation.SetHigh));
        Assert.False(_controller.SetLine(1, 3, -1, IrqLineOperation.SetHigh));
        Assert.False(_controller.SetLine(1, 4, 4, (IrqLineOperation)9));
        Assert.False(_controller.InjectMsi(1, 5, 0xFEE0_9000, 0x41));

        Assert.Equal(4, _controller.Malformed);
        Assert.Equal(1, _controller.NotTaken);
        Assert.Empty(_delivered);
    }

    [Fact]
    public void A_level_line_interrupts_again_after_EOI_while_it_is_high()
    {
        Program(20, 0x45 | Level);
        Line(20, IrqLineOperation.SetHigh);
        Line(20, IrqLineOperation.SetHigh);
        Assert.Single(_delivered);

        Eoi(0);
        Assert.Equal(2, _delivered.Count);

        Line(20, IrqLineOperation.SetLow);
        Eoi(0);
        Assert.Equal(2, _delivered.Count);
    }

    [Theory]
    [InlineData(IrqLineOperation.RaisingPulse, 1)]
    [InlineData(IrqLineOperation.FallingPulse, 1)]
    [InlineData(IrqLineOperation.SetLow, 0)]
    public void A_pulse_is_one_edge(IrqLineOperation operation, int edges)
    {
        Program(20, 0x45);
        if (operation == IrqLineOperation.FallingPulse)
        {
            Line(20, IrqLineOperation.SetHigh);
            Eoi(0);
            _delivered.Clear();
        }

        Line(20, operation);

        Assert.Equal(edges, _delivered.Count);
    }

    [Fact]
    public void A_level_that_comes_behind_a_newer_one_of_its_source_is_dropped()
    {
        Program(20, 0x45 | Level);
        _controller.SetLine(9, 2, 20, IrqLineOperation.SetLow);

        Assert.False(_controller.SetLine(9, 1, 20, IrqLineOperation.SetHigh));
        Assert.True(_controller.SetLine(9, 3, 21, IrqLineOperation.SetHigh));
        Assert.True(_controller.SetLine(8, 1, 20, IrqLineOperation.SetHigh));

        Assert.Equal(1, _controller.LateLevels);
        Assert.Single(_delivered);
    }

    [Fact]
    public void A_level_line_that_a_disabled_apic_refused_comes_when_it_is_enabled()
    {
        Apic(0, 0xF0, 0xFF);
        Program(20, 0x45 | Level);
        Line(20, IrqLineOperation.SetHigh);
        Assert.Empty(_delivered);

        Apic(0, 0xF0, 0x1FF);
        Assert.Equal([(0, (byte)0x45)], _delivered);
    }

    [Fact]
    public void Lowering_the_task_priority_lets_a_vector_through()
    {
        Apic(0, 0x80, 0xF0);
        Msi(0xFEE0_0000, 0x41);
        Assert.Empty(_delivered);
        Apic(0, 0x80, 0);

        Assert.Equal([(0, (byte)0x41)], _delivered);
    }

    [Fact]
    public void Vectors_wait_for_a_vcpu_that_does_not_run()
    {
        _deaf.Add(1);
        Msi(0xFEE0_1000, 0x41);
        Msi(0xFEE0_1000, 0x51);
        Assert.Empty(_delivered);
        _deaf.Clear();
        _controller.Started(1);

        Assert.Equal([(1, (byte)0x51)], _delivered);
    }

    [Theory]
    [InlineData(0x0000_0041u, new[] { 2 })]
    [InlineData(0x0004_0041u, new[] { 0 })]
    [InlineData(0x0008_0041u, new[] { 0, 1, 2, 3 })]
    [InlineData(0x000C_0041u, new[] { 1, 2, 3 })]
    [InlineData(0x0000_0441u, new int[0])] // NMI
    [InlineData(0x0008_000Fu, new int[0])] // an exception's vector
    public void Interprocessor_interrupts_follow_destination_and_shorthand(uint command, int[] receivers)
    {
        Apic(0, 0x310, 2u << 24);
        Apic(0, 0x300, command);

        Assert.Equal(receivers, _delivered.Select(d => d.Vcpu));
    }

    [Fact]
    public void INIT_and_SIPI_start_an_application_processor_with_a_reset_apic()
    {
        Apic(0, 0x310, 2u << 24);
        Apic(0, 0x300, 0x4500); // INIT, assert
        Assert.False(_controller.ApicOf(2).IsEnabled);
        Apic(0, 0x300, 0x8500); // level de-assert: nothing
        Apic(0, 0x300, 0x4699);

        Assert.Equal([(2, (byte)0x99)], _started);
    }

    [Fact]
    public void An_ISA_line_goes_to_the_IOAPIC_and_the_PIC()
    {
        Program(4, 0x45);
        InitialisePic();
        _controller.SetLevel(4, high: true);

        Assert.Equal([(0, (byte)0x45), (0, (byte)0x24)], _delivered);
    }

    [Fact]
    public void GSI_2_is_the_PIC_s_line_0()
    {
        InitialisePic();
        _controller.SetLevel(2, high: true);

        Assert.Equal([(0, (byte)0x20)], _delivered);
    }

    [Fact]
    public void Masking_LINT0_cuts_the_PIC_off_and_ExtINT_connects_it()
    {
        InitialisePic();
        Apic(0, 0x350, 0x1_0700);
        _controller.SetLevel(4, high: true);
        Assert.Empty(_delivered);

        Apic(0, 0x350, 0x700);
        Assert.Equal([(0, (byte)0x24)], _delivered);
    }

    [Fact]
    public void A_PIC_with_automatic_EOI_and_a_level_line_does_not_storm()
    {
        InitialisePic(icw4: 0x03);
        _controller.Pic.Write(0x4D0, 1, 0x20);
        _controller.SetLevel(5, high: true);

        Assert.Single(_delivered);
        _controller.Pic.Write(0x21, 1, 0);
        Assert.Equal(2, _delivered.Count);
    }

    [Fact]
    public void An_EOI_that_was_on_its_way_ends_the_vector_it_is_for()
    {
        Msi(0xFEE0_0000, 0x31);
        _takesLater = true;
        Msi(0xFEE0_0000, 0x41);
        Eoi(0);
        Assert.Equal(0u, _controller.ApicOf(0).Read(0x110));
        Accept();
        Assert.Equal(2u, _controller.ApicOf(0).Read(0x120));
    }

    [Fact]
    public void A_PIC_s_line_is_in_service_when_its_vector_was_taken()
    {
        InitialisePic();
        _takesLater = true;
        _controller.SetLevel(4, high: true);
        _controller.SetLevel(1, high: true);
        _controller.Pic.Write(0x20, 1, 0x0B);
        _controller.Pic.Read(0x20, 1, out var service);
        Assert.Equal(0u, service & 0xFF);
        Assert.Equal([(0, (byte)0x24)], _delivered);

        _takesLater = false;
        Accept();
        _controller.Pic.Read(0x20, 1, out service);
        Assert.Equal(0x12u, service & 0xFF);
        Assert.Equal([(0, (byte)0x24), (0, (byte)0x21)], _delivered);
    }

    [Fact]
    public void A_vector_of_the_PIC_and_one_of_the_APIC_of_the_same_class_come_one_after_the_other()
    {
        InitialisePic();
        _takesLater = true;
        _controller.SetLevel(4, high: true);
        Msi(0xFEE0_0000, 0x24);
        Assert.Single(_delivered);
        Accept();
        Assert.Equal(2, _delivered.Count);
        Assert.Equal(0x10u, _controller.ApicOf(0).Read(0x110));
    }

    [Fact]
    public void Accesses_of_other_sizes_leave_a_local_apic_alone()
    {
        _controller.LocalApics.Write(0, 0x80, 1, 0xF0);
        _controller.LocalApics.Write(0, 0x80, 8, 0xF0);

        Assert.Equal(EmulationResult.Done, _controller.LocalApics.Read(0, 0x80, 4, out var value));
        Assert.Equal(0UL, value);
    }

    [Fact]
    public void Reset_forgets_lines_vectors_and_sequences()
    {
        Program(20, 0x45 | Level);
        Line(20, IrqLineOperation.SetHigh);
        _controller.Reset();
        _delivered.Clear();
        Apic(0, 0xF0, 0x1FF);

        Assert.Empty(_delivered);
        Assert.True(_controller.InjectMsi(1, 1, 0xFEE0_0000, 0x31));
        Assert.Equal([(0, (byte)0x31)], _delivered);
    }

    bool IInterruptSink.TakesInterrupts(int vcpu) => !_deaf.Contains(vcpu);

    void IInterruptSink.Deliver(int vcpu, ulong sequence, byte vector)
    {
        _delivered.Add((vcpu, vector));
        _offers.Add((vcpu, sequence, vector));
        if (!_takesLater)
            Accept();
    }

    /// <summary>The vCPUs take what is offered, the latest first.</summary>
    private void Accept()
    {
        while (_offers.Count > 0)
        {
            var (vcpu, sequence, vector) = _offers[^1];
            _offers.RemoveAt(_offers.Count - 1);
            Assert.True(_controller.Accepted(vcpu, sequence, vector));
        }
    }

    void IInterruptSink.Acknowledge(ulong source, ulong sequence) => _acknowledged.Add((source, sequence));

    bool IInterruptSink.Initialize(int vcpu) => !_running.Contains(vcpu);

    void IInterruptSink.StartUp(int vcpu, byte vector) => _started.Add((vcpu, vector));

    private void Msi(ulong address, uint data) => _controller.InjectMsi(7, ++_sequence, address, data);

    private void Line(int gsi, IrqLineOperation operation) => _controller.SetLine(7, ++_sequence, gsi, operation);

    private void Apic(int vcpu, ulong register, uint value) => _controller.LocalApics.Write(vcpu, register, 4, value);

    private void Eoi(int vcpu) => Apic(vcpu, 0xB0, 0);

    private void Program(int pin, ulong entry)
    {
        foreach (var (register, value) in new[] { (0x11 + (2 * pin), (uint)(entry >> 32)), (0x10 + (2 * pin), (uint)entry) })
        {
            _controller.IoApicWindow.Write(0, 0, 4, (ulong)register);
            _controller.IoApicWindow.Write(0, 0x10, 4, value);
        }
    }

    private void InitialisePic(uint icw4 = 0x01)
    {
        foreach (var (port, value) in new (ushort, uint)[] { (0x20, 0x11), (0x21, 0x20), (0x21, 0x04), (0x21, icw4), (0xA0, 0x11), (0xA1, 0x28), (0xA1, 0x02), (0xA1, icw4) })
            _controller.Pic.Write(port, 1, value);
    }
}
