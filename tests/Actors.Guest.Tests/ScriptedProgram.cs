using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Guest.Tests;

/// <summary>A guest program that is a lambda.</summary>
internal sealed class ScriptedProgram(Func<GuestCpu, GuestTask> run) : GuestProgram
{
    public const ulong MemoryBytes = 1 << 20;

    public override GuestTask Run(GuestCpu cpu) => run(cpu);

    public static ProgrammedEngine Engine(Func<GuestCpu, GuestTask> run, int index = 0, byte startupVector = 0) =>
        new(new ScriptedProgram(run), new GuestCpu(index, 4, startupVector, MemoryBytes, new GuestRam(MemoryBytes)));
}

/// <summary>A catalog with one guest.</summary>
internal sealed class ScriptedCatalog(Func<GuestCpu, GuestTask> run) : IGuestCatalog
{
    public static readonly GuestSpec Guest = new("scripted", ImmutableArray<string>.Empty);

    public int Created { get; private set; }

    public string? Validate(GuestSpec guest) => guest.Name == Guest.Name ? null : $"There is no guest '{guest.Name}'.";

    public GuestProgram Create(GuestSpec guest)
    {
        Created++;
        return new ScriptedProgram(run);
    }
}
