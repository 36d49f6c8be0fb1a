using System.Globalization;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>A run in which every VM has a guest program of the workload's own.</summary>
internal abstract class ProgramRun : WorkloadRun, IGuestCatalog
{
    /// <summary>First purpose of the numbers that guests draw; a vCPU has its own stream.</summary>
    private const ulong GuestPurpose = 0x6700;

    private const int MaxVcpus = 64;

    private readonly string _name;

    /// <summary>Begins a run.</summary>
    protected ProgramRun(World world)
        : base(world)
    {
        _name = world.Plan.Workload.Kind;
        Driver = WorkloadDriver.Of(world.Plan);
    }

    /// <inheritdoc/>
    public sealed override IGuestCatalog Guests => this;

    /// <summary>The driver's choices.</summary>
    protected DriverOptions Driver { get; }

    /// <inheritdoc/>
    public string? Validate(GuestSpec guest) => null;

    /// <inheritdoc/>
    public GuestProgram Create(GuestSpec guest) => new Program(this, int.Parse(guest.Arguments[0], NumberStyles.None, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    protected sealed override GuestSpec GuestOf(int vm) => new(_name, [vm.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>What runs on each vCPU of a VM, from the start and after each reset.</summary>
    protected abstract GuestTask Run(GuestCpu cpu, int vm);

    /// <summary>Numbers that a vCPU may draw.</summary>
    protected Prng RandomOf(int vm, int vcpu) => new(World.Request.Seed, GuestPurpose + (ulong)((vm * MaxVcpus) + vcpu));

    /// <summary>Says that a demand of an oracle that judges the plan was not met: what only the guest itself can see.</summary>
    protected void Violate(string oracle, string what)
    {
        var plan = World.Plan;
        if ((plan.Check.IsEmpty || plan.Check.Contains(oracle)) && !plan.Except.Any(except => except.Oracle == oracle))
            World.Report(new Violation(oracle, what, World.Trace.Now));
    }

    private sealed class Program(ProgramRun run, int vm) : GuestProgram
    {
        public override GuestTask Run(GuestCpu cpu) => run.Run(cpu, vm);
    }
}
