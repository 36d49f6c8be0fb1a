using CsCheck;

namespace Actors.Hypervisor.Tests;

public sealed class LocalApicTests
{
    private readonly LocalApic _apic = new(3);

    public LocalApicTests() => _apic.Write(0xF0, 0x1FF, out _);

    [Theory]
    [InlineData(0x20, 0x0300_0000u)]
    [InlineData(0x30, 0x0006_0014u)]
    [InlineData(0x80, 0u)]
    [InlineData(0xD0, 0u)]
    [InlineData(0xE0, 0xFFFF_FFFFu)]
    [InlineData(0xF0, 0xFFu)]
    [InlineData(0x2F0, 0x1_0000u)]
    [InlineData(0x320, 0x1_0000u)]
    [InlineData(0x350, 0x1_0000u)]
    [InlineData(0x370, 0x1_0000u)]
    [InlineData(0x390, 0u)]
    [InlineData(0x400, 0u)]
    public void After_reset_registers_have_the_values_of_the_manual(int register, uint value) => Assert.Equal(value, new LocalApic(3).Read(register));

    [Theory]
    [InlineData(0x20)]
    [InlineData(0x30)]
    [InlineData(0xA0)]
    [InlineData(0x100)]
    [InlineData(0x180)]
    [InlineData(0x200)]
    [InlineData(0x390)]
    [InlineData(0xFF0)]
    public void Read_only_registers_stay(int register)
    {
        var before = _apic.Read(register);
        _apic.Write(register, 0xFFFF_FFFF, out _);

        Assert.Equal(before, _apic.Read(register));
    }

    [Fact]
    public void A_disabled_apic_refuses_interrupts()
    {
        var apic = new LocalApic(0);

        Assert.False(apic.Accept(0x40, level: false));
        apic.Write(0xF0, 0x1FF, out _);
        Assert.True(apic.Accept(0x40, level: false));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void An_exception_s_vector_is_refused_and_noted(byte vector)
    {
        Assert.False(_apic.Accept(vector, level: false));

        Assert.Equal(0u, _apic.Read(0x280));
        _apic.Write(0x280, 0, out _);
        Assert.Equal(0x40u, _apic.Read(0x280));
        _apic.Write(0x280, 0, out _);
        Assert.Equal(0u, _apic.Read(0x280));
    }

    [Fact]
    public void A_vector_goes_from_IRR_to_ISR_to_nowhere()
    {
        _apic.Accept(0x41, level: false);
        Assert.Equal(1u << 1, _apic.Read(0x220));

        Assert.True(TryInject(_apic, out var vector));
        Assert.Equal(0x41, vector);
        Assert.Equal(0u, _apic.Read(0x220));
        Assert.Equal(1u << 1, _apic.Read(0x120));
        Assert.Equal(0x40u, _apic.Read(0xA0));

        Assert.Equal(LocalApicEffect.None, _apic.Write(0xB0, 0, out _));
        Assert.Equal(0u, _apic.Read(0x120));
    }

    [Fact]
    public void Only_a_higher_class_interrupts_what_is_in_service()
    {
        _apic.Accept(0x45, level: false);
        Inject(0x45);
        _apic.Accept(0x4F, level: false);
        Assert.False(TryInject(_apic, out _));
        _apic.Accept(0x50, level: false);
        Inject(0x50);

        _apic.Write(0xB0, 0, out _);
        Assert.False(TryInject(_apic, out _));
        _apic.Write(0xB0, 0, out _);
        Inject(0x4F);
    }

    [Theory]
    [InlineData(0x3F, 0x40, true)]
    [InlineData(0x40, 0x40, false)]
    [InlineData(0x40, 0x4F, false)]
    [InlineData(0xFF, 0xFF, false)]
    [InlineData(0x00, 0x10, true)]
    public void The_task_priority_holds_its_class_and_lower_ones_back(byte priority, byte vector, bool injected)
    {
        _apic.Write(0x80, priority, out _);
        _apic.Accept(vector, level: false);

        Assert.Equal(injected, TryInject(_apic, out _));
    }

    [Fact]
    public void The_end_of_a_level_vector_is_told_with_its_number()
    {
        _apic.Accept(0x61, level: true);
        Inject(0x61);

        Assert.Equal(LocalApicEffect.LevelEnded, _apic.Write(0xB0, 0, out var ended));
        Assert.Equal(0x61, ended);
        _apic.Accept(0x61, level: false);
        Inject(0x61);
        Assert.Equal(LocalApicEffect.None, _apic.Write(0xB0, 0, out _));
    }

    [Fact]
    public void EOI_without_anything_in_service_does_nothing() => Assert.Equal(LocalApicEffect.None, _apic.Write(0xB0, 0, out _));

    [Theory]
    [InlineData(3, false, 0xFFFF_FFFFu, 0u, true)]
    [InlineData(2, false, 0xFFFF_FFFFu, 0u, false)]
    [InlineData(0xFF, false, 0xFFFF_FFFFu, 0u, true)]
    [InlineData(0x09, true, 0xFFFF_FFFFu, 0x0800_0000u, true)]
    [InlineData(0x07, true, 0xFFFF_FFFFu, 0x0800_0000u, false)]
    [InlineData(0x21, true, 0x0FFF_FFFFu, 0x2100_0000u, true)]
    [InlineData(0x23, true, 0x0FFF_FFFFu, 0x2100_0000u, true)]
    [InlineData(0x22, true, 0x0FFF_FFFFu, 0x2100_0000u, false)]
    [InlineData(0x31, true, 0x0FFF_FFFFu, 0x2100_0000u, false)]
    [InlineData(0xF1, true, 0x0FFF_FFFFu, 0x2100_0000u, true)]
    public void Destinations_are_physical_flat_or_cluster(byte destination, bool logical, uint format, uint own, bool meant)
    {
        _apic.Write(0xE0, format, out _);
        _apic.Write(0xD0, own, out _);

        Assert.Equal(meant, _apic.IsDestination(destination, logical));
    }

    [Fact]
    public void Disabling_masks_the_local_vector_table()
    {
        _apic.Write(0x320, 0x40, out _);
        Assert.Equal(0x40u, _apic.Read(0x320));
        _apic.Write(0xF0, 0xFF, out _);
        Assert.Equal(0x1_0040u, _apic.Read(0x320));
        _apic.Write(0x320, 0x40, out _);
        Assert.Equal(0x1_0040u, _apic.Read(0x320));
    }

    [Theory]
    [InlineData(0x700u, true)]
    [InlineData(0x1_0700u, false)]
    [InlineData(0x030u, false)]
    public void The_PIC_s_wire_is_there_until_LINT0_says_otherwise(uint lint0, bool takes)
    {
        Assert.True(_apic.TakesExternal);
        Assert.Equal(LocalApicEffect.Lint0, _apic.Write(0x350, lint0, out _));
        Assert.Equal(takes, _apic.TakesExternal);
    }

    /// <summary>Whatever comes in whatever order: the vector injected is the highest waiting, of a class above all that are in service and the task priority.</summary>
    [Fact]
    public void Priority_holds_for_any_order() => Gen.Select(Gen.Int[0, 9], Gen.Byte).Array[0, 300].Sample(steps =>
    {
        var apic = new LocalApic(0);
        apic.Write(0xF0, 0x1FF, out _);
        var waiting = new SortedSet<int>();
        var service = new SortedSet<int>();
        var task = 0;
        foreach (var (step, value) in steps)
        {
            if (step < 6)
            {
                if (apic.Accept(value, level: false))
                    waiting.Add(value);
            }
            else if (step < 8)
            {
                apic.Write(0xB0, 0, out _);
                service.Remove(service.Max);
            }
            else
            {
                task = value;
                apic.Write(0x80, value, out _);
            }

            var barrier = Math.Max(task >> 4, service.Count == 0 ? 0 : service.Max >> 4);
            var due = waiting.Count != 0 && waiting.Max >> 4 > barrier;
            Assert.Equal(due, TryInject(apic, out var vector));
            if (due)
            {
                Assert.Equal(waiting.Max, vector);
                waiting.Remove(vector);
                service.Add(vector);
            }
        }
    });

    [Fact]
    public void What_is_offered_stays_in_IRR_and_leaves_the_priority_alone_until_it_is_taken()
    {
        _apic.Accept(0x41, level: false);
        _apic.Offer(0x41);

        Assert.Equal(1u << 1, _apic.Read(0x220));
        Assert.Equal(0u, _apic.Read(0x120));
        Assert.Equal(0u, _apic.Read(0xA0));
        _apic.Inject(0x41);
        Assert.Equal(0u, _apic.Read(0x220));
        Assert.Equal(1u << 1, _apic.Read(0x120));
    }

    [Fact]
    public void What_is_asked_for_while_it_is_offered_comes_once_more_after_EOI()
    {
        _apic.Accept(0x41, level: false);
        _apic.Offer(0x41);
        _apic.Accept(0x41, level: false);
        _apic.Accept(0x41, level: false);
        Assert.False(_apic.HasDue(out _));
        _apic.Inject(0x41);
        Assert.False(_apic.HasDue(out _));

        _apic.Write(0xB0, 0, out _);
        Inject(0x41);
        _apic.Write(0xB0, 0, out _);
        Assert.False(_apic.HasDue(out _));
    }

    [Theory]
    [InlineData(0x31, false)]
    [InlineData(0x4F, false)]
    [InlineData(0x50, true)]
    public void Only_a_higher_class_is_offered_beside_what_is_offered(byte vector, bool due)
    {
        _apic.Accept(0x41, level: false);
        _apic.Offer(0x41);
        _apic.Accept(vector, level: false);

        Assert.Equal(due, _apic.HasDue(out _));
    }

    private static bool TryInject(LocalApic apic, out byte vector)
    {
        if (!apic.HasDue(out vector))
            return false;

        apic.Offer(vector);
        apic.Inject(vector);
        return true;
    }

    private void Inject(byte expected)
    {
        Assert.True(TryInject(_apic, out var vector));
        Assert.Equal(expected, vector);
    }
}
