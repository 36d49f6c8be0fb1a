using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A guest from the box, and what the outside does to it.</summary>
internal abstract class GuestRun(World world) : WorkloadRun(world)
{
    /// <inheritdoc/>
    public override IGuestCatalog Guests { get; } = new GuestCatalog(WorkloadDriver.Of(world.Plan));
}

/// <summary>One processor receives, another sends: what enters the first port leaves on the second.</summary>
internal sealed class SmpCopyWorkload()
    : Workload("smp-copy", "What the outside feeds to the first port leaves each guest by its second; one processor receives, another sends.", InputOptions.Options)
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new CopyRun(world);

    /// <inheritdoc/>
    protected override string? CheckTopology(PlanTopology topology) =>
        PortsOf(topology) >= 2 ? null : "Workload 'smp-copy' needs a device with two ports: give the topology a device with ports: 2.";

    private sealed class CopyRun(World world) : GuestRun(world)
    {
        public override void Started()
        {
            var input = InputOptions.Of(World.Plan);
            for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
                Feeder.Begin(World, (vm, 0, 0), World.WorkloadBytes, input.Chunk, input.Period, ends: true);
        }

        protected override GuestSpec GuestOf(int vm) => new("copy", [MachineNames.Port(vm, 0, 0), MachineNames.Port(vm, 0, 1)]);
    }
}

/// <summary>A person types commands at a guest's prompt.</summary>
internal sealed class ShellWorkload()
    : Workload("shell", "Somebody types a session at the prompt of each guest, key by key; the last command is poweroff.", KeyOption, RebootOption)
{
    private const string Session = "help\rregs\rdevices\rports\recho \u00e4\b one two\u0015echo three\r\u0003nonsense\r";

    private static readonly WorkloadOption KeyOption = WorkloadOption.Time("key", "Time between two keys; 0s: all at once", "1ms");
    private static readonly WorkloadOption RebootOption = WorkloadOption.Word("reboot", "Whether the session reboots the guest once and goes on", "off", "on");

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new ShellRun(world);

    private sealed class ShellRun(World world) : GuestRun(world)
    {
        /// <summary>How long a guest takes to boot, whatever goes wrong.</summary>
        private static readonly TimeSpan Boot = TimeSpan.FromSeconds(5);

        public override void Started()
        {
            var keys = Session + (RebootOption.WordOf(World.Plan) == "on" ? "reboot\rregs\r" : "") + "poweroff\r";
            for (var vm = 0; vm < World.Plan.Topology.Vms; vm++)
                Type(vm, System.Text.Encoding.UTF8.GetBytes(keys), 0);
        }

        protected override GuestSpec GuestOf(int vm) => new("shell", []);

        private void Type(int vm, byte[] keys, int next)
        {
            var pause = KeyOption.TimeOf(World.Plan);

            // Who has said reboot waits for the prompt: what is typed before goes with the old guest.
            var waits = next > 0 && keys.AsSpan(0, next).EndsWith("reboot\r"u8) ? Boot : pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : pause;
            World.At(World.Now + waits, () =>
            {
                if (World.AllEnded)
                    return;
                if (World.Backends.Find(vm, 0, 0) is { } backend)
                {
                    var count = pause == TimeSpan.Zero && RebootOption.WordOf(World.Plan) == "off" ? keys.Length - next : 1;
                    backend.Feed(keys.AsSpan(next, count));
                    next += count;
                }

                if (next < keys.Length)
                    Type(vm, keys, next);
            });
        }
    }
}

/// <summary>A guest that does nothing.</summary>
internal sealed class IdleWorkload()
    : Workload("idle", "Each guest brings its console up and sleeps: what happens then is the plan's doing.", [])
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new IdleRun(world);

    private sealed class IdleRun(World world) : GuestRun(world)
    {
        /// <summary>It never ends: it is done when nothing goes on.</summary>
        public override bool IsDone => World.Host.ReadyActors.Count == 0;

        protected override GuestSpec GuestOf(int vm) => new("idle", []);
    }
}
