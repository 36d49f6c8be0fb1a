using Akka.Actor.Setup;

namespace Actors.Simulation;

/// <summary>Carries the host to the dispatcher and mailboxes, which Akka makes by reflection: so no static variable has to.</summary>
internal sealed class SimSetup(SimHost host) : Setup
{
    public SimHost Host { get; } = host;
}
