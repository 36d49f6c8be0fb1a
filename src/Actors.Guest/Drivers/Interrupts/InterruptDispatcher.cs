namespace Actors.Guest;

/// <summary>
/// Takes vectors from the processor, acknowledges level-triggered sources, ends the interrupt at the local APIC and remembers what
/// fired. Nothing runs in "interrupt context": whoever waited looks at its rings again.
/// </summary>
public sealed class InterruptDispatcher(GuestCpu cpu, LocalApic apic)
{
    private const byte FirstVector = 0x30;
    private const byte LastVector = 0xDF;

    /// <summary>Interrupts taken in one go, so that a device that never stops doesn't keep its guest from working.</summary>
    private const int MaxBurst = 16;

    private List<(byte Vector, IInterruptSource Source)>? _sources;
    private List<(int Gsi, byte Vector)>? _lines;
    private Vector256Set _fired;
    private byte _next = FirstVector;

    /// <summary>Interrupts taken so far.</summary>
    public long Taken { get; private set; }

    /// <summary>The next unused vector; the last one is given again when all are.</summary>
    public byte Allocate() => _next < LastVector ? _next++ : LastVector;

    /// <summary>Names a source to be acknowledged when its vector comes. Sources may share a vector.</summary>
    public void Attach(byte vector, IInterruptSource source) => (_sources ??= []).Add((vector, source));

    /// <summary>Routes a PCI line here and returns its vector. A line that is routed already is shared.</summary>
    public async GuestTask<byte> AttachLine(IoApic ioApic, int gsi, byte apicId, IInterruptSource source)
    {
        _lines ??= [];
        foreach (var line in _lines)
        {
            if (line.Gsi == gsi)
            {
                Attach(line.Vector, source);
                return line.Vector;
            }
        }

        var vector = Allocate();
        _lines.Add((gsi, vector));
        Attach(vector, source);
        await ioApic.RoutePciLine(gsi, vector, apicId);
        return vector;
    }

    /// <summary>Waits for an interrupt and takes all that are there.</summary>
    public async GuestTask Wait()
    {
        var vector = await cpu.WaitForInterrupt();
        var burst = 0;
        do
        {
            await Take(vector);
        }
        while (++burst < MaxBurst && cpu.TryTakeInterrupt(out vector));
    }

    /// <summary>Takes the interrupts that are there, without waiting.</summary>
    public async GuestTask Poll()
    {
        for (var burst = 0; burst < MaxBurst && cpu.TryTakeInterrupt(out var vector); burst++)
            await Take(vector);
    }

    /// <summary>True once after a vector fired.</summary>
    public bool TakeFired(byte vector) => _fired.Remove(vector);

    private async GuestTask Take(byte vector)
    {
        Taken++;
        _fired.Add(vector);
        if (vector == LocalApic.SpuriousVector)
            return;

        // The line first: a level that is still asserted at the end of the interrupt would interrupt again.
        for (var i = 0; i < (_sources?.Count ?? 0); i++)
        {
            if (_sources![i].Vector == vector)
                await _sources[i].Source.Acknowledge();
        }

        await apic.EndOfInterrupt();
    }

    private struct Vector256Set
    {
        private UInt128 _low;
        private UInt128 _high;

        public void Add(byte vector) => Word(vector) |= BitOf(vector);

        public bool Remove(byte vector)
        {
            if ((Word(vector) & BitOf(vector)) == UInt128.Zero)
                return false;
            Word(vector) &= ~BitOf(vector);
            return true;
        }

        private static UInt128 BitOf(byte vector) => UInt128.One << (vector & 0x7F);

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        private ref UInt128 Word(byte vector)
        {
            if (vector < 0x80)
                return ref _low;
            return ref _high;
        }
    }
}
