using System.Collections.Immutable;
using Actors.DeviceModel;
using Actors.Guest;
using Actors.Hsm;
using Actors.Protocol;
using Actors.Simulation;
using Akka.Actor;

namespace Actors.TestKit.Tests;

/// <summary>What users add: a device, a backend, an ioreq client, a guest program, a fault, an oracle, a workload. One small example each.</summary>
public sealed class ExtensionTests : MachineTest
{
    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_device_of_my_own_counts_and_interrupts(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(new CounterDevice()));

        machine.Out(CounterDevice.Port, 3);

        machine.ExpectIoreq("counter");
        machine.ExpectInterrupt(CounterDevice.Vector);
        Assert.Equal(3u, machine.In(CounterDevice.Port));
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_device_of_my_own_reaches_RAM(MachineWorld world)
    {
        var machine = Boot(world, described => described.Device(new DmaDevice()));

        machine.Done(machine.Out(DmaDevice.Port, 0x9000, size: 4));

        Assert.Equal(0xD0A1, machine.Run(guest =>
        {
            guest.Cpu.Memory.TryReadUInt16(0x9000, out var value);
            return new GuestTask<int>(value);
        }));
    }

    /// <summary>The device above with the interrupt forgotten: the failure shows where its life parts from what it should be.</summary>
    [Fact]
    public void A_broken_device_is_found_by_a_short_test()
    {
        var machine = Boot(described => described.Device(new CounterDevice { ForgetsInterrupt = true }));

        machine.Out(CounterDevice.Port, 3);
        var failure = Assert.Throws<MachineFailureException>(() => machine.ExpectInterrupt(CounterDevice.Vector));

        Assert.Contains("Expected an interrupt with vector 0x77, and it didn't come within 5 s.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("counter: pio write8 0xc0 = 0x3", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_backend_of_my_own_takes_the_bytes(MachineWorld world)
    {
        var upper = new UpperBackend();
        var machine = Boot(world, described => described.Backend(_ => upper));

        machine.Done(machine.Write("shout"));

        Assert.Equal("SHOUT", upper.Text);
        Assert.Equal("shout", machine.Text());
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void An_ioreq_client_of_my_own_answers_later(MachineWorld world)
    {
        var clients = new LaterClient();
        var machine = Boot(world, described => described.Clients(clients));

        var read = machine.Start(async guest => Assert.Equal(0x2Au, await guest.Cpu.In(LaterClient.Port, 1)));
        machine.ExpectIoreq("later");
        machine.ExpectNo<CompletionEvent>(done => done.Hop == PathHop.VmEntry);
        machine.Tell(clients.Answer);

        machine.Done(read);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_guest_program_of_my_own_runs(MachineWorld world)
    {
        var machine = Boot(world, described => described.Guest(() => new TwoKicks()));

        machine.Expect<IoExitEvent>(exit => exit.Access == IoAccess.Out(0x80, 1, 1));
        machine.Expect<IoExitEvent>(exit => exit.Access == IoAccess.Out(0x80, 1, 2));
        machine.Until(() => machine.IsEnded);
    }

    [Fact]
    public void A_guest_in_the_box_runs()
    {
        var machine = Boot(described => described.Guest("hello"));

        machine.Until(() => machine.IsEnded);

        Assert.Contains("Hello from a guest", machine.Text(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void A_fault_of_my_own_is_survived(MachineWorld world)
    {
        var machine = Boot(world);
        var everyOther = new EveryOtherIsLost(LinkSite.HsmComplete);

        machine.Break(everyOther);
        machine.Done(machine.Write("every other "));
        machine.Done(machine.Write("completion is lost"));

        machine.ExpectBytes("every other completion is lost");
        Assert.True(everyOther.Lost > 0);
    }

    [Fact]
    public void An_oracle_of_my_own_judges()
    {
        var machine = Boot(described => described.Oracle(new NoZeroLengthWrites()));
        machine.Done(machine.Write("four"));

        machine.End();

        var strict = Boot(described => described.Oracle(new NothingIsWritten()));
        strict.Write("x");
        strict.ExpectBytes("x");
        Assert.Contains("MY2 at", Assert.Throws<MachineFailureException>(strict.End).Message, StringComparison.Ordinal);
    }

    [SimFact(Seeds = 10)]
    public void A_workload_of_my_own_is_explored(SimWorld world)
    {
        world.Workload(new EchoOnce());
        world.Drop(LinkSite.HsmUpcall).WithProbability(0.1).InShareOfSeeds(0.9);

        var run = world.RunUntilQuiescent();

        Assert.Equal("ping", run.View.Text());
    }

    /// <summary>One register: what is written is added up and can be read; each write interrupts vCPU 0.</summary>
    private sealed class CounterDevice() : TestDevice("counter", new IoRange(IoRequestType.PortIo, Port, Port))
    {
        public const ushort Port = 0xC0;
        public const byte Vector = 0x77;

        private ulong _sum;

        public bool ForgetsInterrupt { get; init; }

        protected override ulong Read(ulong address, int size) => _sum;

        protected override void Write(ulong address, int size, ulong value)
        {
            _sum += value;
            if (!ForgetsInterrupt)
                Interrupt(vcpu: 0, Vector);
        }

        protected override void Reset() => _sum = 0;
    }

    /// <summary>Writes a number to where it is told.</summary>
    private sealed class DmaDevice() : TestDevice("dma", new IoRange(IoRequestType.PortIo, Port, Port + 3))
    {
        public const ushort Port = 0xD0;

        protected override ulong Read(ulong address, int size) => 0;

        protected override void Write(ulong address, int size, ulong value) => Memory.TryWriteUInt16(value, 0xD0A1);
    }

    private sealed class UpperBackend : IPortBackend
    {
        private readonly System.Text.StringBuilder _text = new();

        public string Text => _text.ToString();

        public string? Notice => null;

        public bool IsConnected => true;

        public BackendResult TryWrite(ReadOnlySpan<byte> data)
        {
            foreach (var one in data)
                _text.Append(char.ToUpperInvariant((char)one));
            return new BackendResult(BackendStatus.Done, data.Length);
        }

        public BackendResult TryRead(Span<byte> destination) => new(BackendStatus.WouldBlock);

        public void Arm(BackendInterest interest)
        {
            // It always takes everything and never has anything to say.
        }

        public void Dispose()
        {
            // Nothing is open.
        }
    }

    private sealed class LaterClient : IIoreqClientFactory, IIoreqClientHandler
    {
        public const ushort Port = 0xC8;

        private IActorRef _hsm = ActorRefs.Nobody;
        private IoreqContext _waiting;

        public IReadOnlyList<IoreqClientDefinition> CreateClients(VmSpec spec, IActorRef hsm)
        {
            _hsm = hsm;
            return [new IoreqClientDefinition("later", [new IoRange(IoRequestType.PortIo, Port, Port)], this)];
        }

        public IoreqResult Handle(in IoreqContext context)
        {
            _waiting = context;
            return IoreqResult.Later;
        }

        public void Answer() => _hsm.Tell(new IoreqClientDone(_waiting.Vm, _waiting.Epoch, _waiting.Request.Vcpu, _waiting.Request.Sequence, 0x2A));
    }

    private sealed class TwoKicks : GuestProgram
    {
        public override async GuestTask Run(GuestCpu cpu)
        {
            await cpu.Out(0x80, 1, 1);
            await cpu.Out(0x80, 1, 2);
            await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
        }
    }

    private sealed class EveryOtherIsLost(LinkSite site) : HopFault
    {
        private int _seen;

        public int Lost { get; private set; }

        public override HopVerdict Decide(LinkSite at, object message)
        {
            if (at != site || ++_seen % 2 != 0)
                return HopVerdict.Pass;
            Lost++;
            return HopVerdict.Drop;
        }
    }

    private sealed class NoZeroLengthWrites : Oracle
    {
        public override string Id => "MY1";

        public override string Statement => "A backend never takes nothing.";

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened is { Kind: BackendEventKind.Accepted, Count: 0 })
                Violate(moment, "it took nothing");
        }
    }

    private sealed class NothingIsWritten : Oracle
    {
        public override string Id => "MY2";

        public override string Statement => "Nothing is written.";

        public override WorldInterest Interest => WorldInterest.Backend;

        public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
        {
            if (happened.Kind == BackendEventKind.Accepted)
                Violate(moment, $"{happened.Count} bytes were");
        }
    }

    /// <summary>The outside says something to each guest after a while, and each guest says it back.</summary>
    private sealed class EchoOnce : IWorkload
    {
        public string Kind => "echo-once";

        public string Summary => "Four bytes there and back.";

        public ImmutableArray<(string Name, string Meaning)> Options => [];

        public string? Validate(Plan plan) => null;

        public WorkloadRun Begin(World world) => new Run(world);

        private sealed class Run(World world) : WorkloadRun(world), IGuestCatalog
        {
            public override IGuestCatalog Guests => this;

            public string? Validate(GuestSpec guest) => null;

            public GuestProgram Create(GuestSpec guest) => new Echo();

            public override void Started() => Say(TimeSpan.FromMilliseconds(1));

            protected override GuestSpec GuestOf(int vm) => new(Kind, []);

            private static string Kind => "echo-once";

            private void Say(TimeSpan time) => At(time, () =>
            {
                if (!Feed(0, 0, 0, "ping"u8))
                    Say(time + TimeSpan.FromMilliseconds(1));
            });
        }

        private sealed class Echo : GuestProgram
        {
            public override async GuestTask Run(GuestCpu cpu)
            {
                var platform = await GuestPlatform.Boot(cpu, new DriverOptions());
                var port = (await platform.FindConsole())!;
                var bytes = new byte[4];
                for (var filled = 0; filled < bytes.Length;)
                    filled += await port.Read(bytes.AsMemory(filled));
                await port.Write(bytes);
                await port.Flush();
                await platform.PowerOff();
            }
        }
    }
}
