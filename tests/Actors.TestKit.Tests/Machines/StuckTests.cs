using Actors.DeviceModel;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>Code of a test's own that never returns ends its test with a sentence that names it.</summary>
public sealed class StuckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actors-stuck-").FullName;
    private readonly Trap _trap = new();

    public void Dispose()
    {
        _trap.Open();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_callback_of_a_device_that_never_returns_fails_its_test_and_is_named()
    {
        using var subject = new Subject(_folder, _trap);

        var failure = Assert.Throws<MachineFailureException>(() => subject.Kick());

        Assert.StartsWith("Endless.OnNotify, which user/device-model/vm-0/pci-0.6.0 calls, hasn't ended for 30 s of real time", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ACTORS_SEED=1 dotnet test", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("pci-0.6.0 failed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_never_awaits_fails_its_test_and_is_named()
    {
        using var subject = new Subject(_folder, _trap);

        var failure = Assert.Throws<MachineFailureException>(subject.Loop);

        Assert.StartsWith("a step of user/hypervisor/vm-0/vcpu-0, which runs its guest's program, hasn't ended for 30 s of real time", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_goes_on_after_it_and_it_is_told_once()
    {
        var subject = new Subject(_folder, _trap);
        Assert.Throws<MachineFailureException>(() => subject.Kick());

        Assert.Throws<MachineFailureException>(() => subject.Machine!.ExpectBytes("x"));
        subject.Machine!.End();
        subject.Dispose();
    }

    [Fact]
    public void A_demand_that_never_answers_fails_its_seed_and_nothing_is_run_after_it()
    {
        using var seeds = new SimSeeds(new Plan { Name = "endless" }) { Surroundings = new TestSurroundings(null, null, _folder) { Limit = _trap.Limit } };
        var failure = Assert.Throws<SimFailureException>(() => seeds.Run(
            world =>
            {
                world.Always("endless", _ => _trap.Enter());
                world.RunUntilQuiescent();
            },
            7,
            1,
            mayBeVacuous: true));

        Assert.Contains("seed 7 of 'endless': a demand, an oracle, a workload or a condition of the test hasn't ended for 30 s of real time", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("replay: ACTORS_SEED=7 dotnet test", failure.Message, StringComparison.Ordinal);
        Assert.Throws<SimFailureException>(() => seeds.Run(world => world.RunUntilQuiescent(), 8, 1, mayBeVacuous: true));
    }

    [Theory]
    [InlineData(null, 30_000)]
    [InlineData("", 30_000)]
    [InlineData("90s", 90_000)]
    [InlineData("off", -1)]
    public void The_environment_says_how_long_is_never(string? value, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), new TestSurroundings(null, null, null, value).StepLimit.Time);

    [Theory]
    [InlineData("0")]
    [InlineData("long")]
    public void A_limit_that_is_none_is_refused(string value) =>
        Assert.Equal($"ACTORS_STEP_LIMIT is a time such as 120s, or off, not '{value}'.", Assert.Throws<InvalidOperationException>(() => new TestSurroundings(null, null, null, value).StepLimit).Message);

    private sealed class Subject : MachineTest
    {
        private readonly Trap _trap;

        public Subject(string folder, Trap trap)
        {
            _trap = trap;
            Surroundings = new TestSurroundings(null, null, folder) { Limit = trap.Limit };
        }

        public Machine? Machine { get; private set; }

        public void Kick()
        {
            Machine = Boot(m => m.Device(slot: 6, () => new Endless(_trap)));
            Machine.Run(async guest =>
            {
                var device = await guest.Virtio(slot: 6);
                return await device.Ask(queue: 0, [], replyBytes: 1);
            });
        }

        public void Loop()
        {
            Machine = Boot();
            Machine.Run(async guest =>
            {
                await guest.Cpu.Out(PlatformSpec.Com1Port, 1, 'x');
                return _trap.Enter();
            });
        }
    }

    private sealed class Endless(Trap trap) : OwnVirtioDevice(type: 4, 8)
    {
        protected override void OnNotify(int queue) => trap.Enter();
    }

    /// <summary>Who goes in doesn't come out before the test's end. Time passes for the watch only while somebody is in it: however slow the machine is, nothing else is taken for stuck.</summary>
    private sealed class Trap
    {
        private readonly TaskCompletionSource _entered = new();
        private readonly TaskCompletionSource _open = new();

        public StepLimit Limit => new(TimeSpan.FromSeconds(30)) { Await = (ended, _) => Await(ended) };

        public bool Enter()
        {
            _entered.TrySetResult();
            _open.Task.Wait();
            return true;
        }

        public void Open() => _open.TrySetResult();

        private bool Await(Func<TimeSpan, bool> ended)
        {
            while (!_entered.Task.IsCompleted)
            {
                if (ended(TimeSpan.FromMilliseconds(1)))
                    return true;
            }

            return ended(TimeSpan.FromMilliseconds(1));
        }
    }
}
