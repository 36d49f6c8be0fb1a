using Actors.Hsm;

namespace PathScenarios;

/// <summary>A device that is no part of Actors: two registers and an interrupt, served as an ioreq client. And a ten-line test that finds it broken.</summary>
public sealed class S09_ADeviceOfYourOwn : MachineTest
{
    [Fact]
    public void A_counter_counts_and_interrupts_at_its_limit()
    {
        var machine = Boot(m => m.Device(new Counter()));

        machine.Out(Counter.Limit, 2);
        machine.Out(Counter.Count, 1);
        machine.Out(Counter.Count, 1);

        machine.ExpectInterrupt(Counter.Vector);
        Assert.Equal(2u, machine.In(Counter.Count));
        machine.Recording.Should().Contain<IoRequestEvent>(request => request.Client == "counter");
    }

    [Fact]
    public void A_broken_one_is_found()
    {
        var machine = Boot(m => m.Device(new Counter(isBroken: true)));

        machine.Out(Counter.Limit, 1);
        machine.Out(Counter.Count, 1);

        var failure = Assert.Throws<MachineFailureException>(() => machine.ExpectInterrupt(Counter.Vector));
        Assert.Contains("interrupt", failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Two byte registers: a limit, and a count that goes up by what is written. At the limit it interrupts vCPU 0.</summary>
    private sealed class Counter(bool isBroken = false) : TestDevice("counter", [new IoRange(IoRequestType.PortIo, Count, Limit)])
    {
        public const ushort Count = 0x500;
        public const ushort Limit = 0x501;
        public const byte Vector = 0x60;

        private uint _count;
        private uint _limit;

        protected override void Reset() => (_count, _limit) = (0, 0);

        protected override ulong Read(ulong address, int size) => address == Count ? _count : _limit;

        protected override void Write(ulong address, int size, ulong value)
        {
            if (address == Limit)
            {
                _limit = (uint)value;
                return;
            }

            _count += (uint)value;
            if (_count >= _limit && !isBroken)
                Interrupt(vcpu: 0, Vector);
        }
    }
}
