using System.Collections.Concurrent;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>Guests that a test writes as lambdas. Every vCPU of the machine runs the script.</summary>
internal sealed class ScriptedGuests : IGuestCatalog
{
    private readonly ConcurrentDictionary<string, Func<GuestCpu, GuestTask>> _scripts = new(StringComparer.Ordinal);

    public GuestSpec Add(string name, Func<GuestCpu, GuestTask> script)
    {
        _scripts[name] = script;
        return new GuestSpec(name, []);
    }

    public string? Validate(GuestSpec guest) => _scripts.ContainsKey(guest.Name) ? null : $"No script '{guest.Name}'.";

    public GuestProgram Create(GuestSpec guest) => new Program(_scripts[guest.Name]);

    private sealed class Program(Func<GuestCpu, GuestTask> script) : GuestProgram
    {
        public override GuestTask Run(GuestCpu cpu) => script(cpu);
    }
}
