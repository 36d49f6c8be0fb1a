using Actors.Hsm;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Every request goes to the default client, also one that a registered doorbell matches.</summary>
internal sealed class DefaultClientFirst : Flaw
{
    private readonly Parts _parts = new();

    /// <inheritdoc/>
    public override string Name => "default-client-first";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy => ["I7"];

    /// <inheritdoc/>
    public override string Source => "The client list is searched in the wrong order";

    /// <inheritdoc/>
    public override Plan Plan => FlawPlans.Console(CaughtBy[0]);

    /// <inheritdoc/>
    public override T? Find<T>()
        where T : class => _parts as T;

    private sealed class Parts : HsmParts
    {
        public override IoreqClients MakeClients() => new Clients();
    }

    private sealed class Clients : IoreqClients
    {
        public override IoreqClient? Find(in IoAccess access, ref int below) => null;
    }
}
