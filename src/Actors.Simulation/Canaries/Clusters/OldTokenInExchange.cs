using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>The node with a guest's RAM serves whoever comes: a service side that was replaced goes on with its exchanges as if it were alone.</summary>
internal sealed class OldTokenInExchange : ClusterFlaw
{
    /// <inheritdoc/>
    public override string Name => "old-token-in-exchange";

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaughtBy { get; } = ["I24"];

    /// <inheritdoc/>
    public override string Source => "mistake: memory exchanges carry a fencing token, and nobody looks at it (a zombie reads and writes RAM)";

    /// <inheritdoc/>
    public override Plan Plan => Of("split-zombie-memory");

    /// <inheritdoc/>
    protected override object? Part { get; } = new Parts();

    private sealed class Parts : MemoryParts
    {
        public override MemoryServer MakeServer(VmId vm) => new Unfenced(vm);
    }

    /// <summary>Each token has a server of its own, so that none is ever too low.</summary>
    private sealed class Unfenced(VmId vm) : MemoryServer(vm)
    {
        private readonly VmId _vm = vm;
        private readonly SortedDictionary<ulong, MemoryServer> _servers = [];
        private (FencingToken Fence, MemoryServer Server)? _last;

        public override MemoryHop.Exchanged? Take(IGuestMemory memory, MemoryHop.Exchange exchange)
        {
            if (!_servers.TryGetValue(exchange.Fence.Value, out var server))
                _servers.Add(exchange.Fence.Value, server = new MemoryServer(_vm));
            _last = (exchange.Fence, server);
            return server.Take(memory, exchange);
        }

        public override MemoryHop.Records Read(MemoryHop.ReadRecords read) =>
            _last is var (fence, server) ? server.Read(read with { Fence = fence }) with { Fence = read.Fence } : base.Read(read);
    }
}
