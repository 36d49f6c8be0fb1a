using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>
/// I24: of the incarnations of a device and of a port, only the newest has effects. Where the device is on another node than the RAM, what it does there is done by the RAM's server, and the token
/// of the exchange says who is behind it.
/// </summary>
internal sealed class SingleOwnerOracle : VirtioOracle
{
    private readonly List<Owner> _owners = [];
    private readonly FenceRules _fences = new();
    private readonly Dictionary<int, ulong> _newestAtMemory = [];
    private (long Step, int Vm, ulong Token) _exchange = (-1, 0, 0);

    /// <inheritdoc/>
    public override string Id => "I24";

    /// <inheritdoc/>
    public override string Statement => "Once an incarnation of a device or port has had an effect, none before it has any: not on guest memory, not on the backend; and neither a backend nor guest memory on another node takes or gives anything with a lower token than it has seen.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Backend | WorldInterest.Receive;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        switch (receive.Message)
        {
            case MemoryHop.Exchange exchange when IsMemoryServer(receive.Actor):
                _exchange = (moment.Step, exchange.Vm.Value, exchange.Fence.Value);
                SeenAtMemory(exchange.Vm, exchange.Fence);
                break;
            case MemoryHop.ReadRecords read when IsMemoryServer(receive.Actor):
                SeenAtMemory(read.Vm, read.Fence);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
        if (moment.Step == _exchange.Step && access.Access.Vm.Value == _exchange.Vm && _newestAtMemory[_exchange.Vm] is var newest && _exchange.Token < newest)
            Violate(moment, $"vm {_exchange.Vm}: an exchange with token {_exchange.Token} {(access.Access.IsWrite ? "wrote" : "read")} RAM, and {newest} has been there");
        if (access.Device is not { } device || moment.Actor < World.FirstActor || moment.Actor >= device.NewestActor)
            return;
        if (Model.DeviceOf(moment.Actor) == device)
            Violate(moment, $"vm {device.Vm.Value}, device {device.Function}: actor {moment.Actor} accessed RAM, {device.NewestActor} has taken its place");
    }

    /// <inheritdoc/>
    public override void OnBackend(in Moment moment, in BackendEvent happened, ReadOnlySpan<byte> data)
    {
        if (happened.Kind is not (BackendEventKind.Accepted or BackendEventKind.Given or BackendEventKind.Opened))
            return;
        if (World.Cluster is { } cluster && _fences.Admitted(cluster.VmOf(happened.Vm.Value), happened.Device.RequesterId, happened.Port, happened.Token) is { } wrong)
            Violate(moment, wrong);
        if (happened.Kind == BackendEventKind.Opened)
            return;
        for (var i = 0; i < _owners.Count; i++)
        {
            var owner = _owners[i];
            if (owner.Vm != happened.Vm.Value || owner.Device != happened.Device.RequesterId || owner.Port != happened.Port)
                continue;
            if (moment.Actor >= 0 && moment.Actor < owner.Actor)
                Violate(moment, $"vm {owner.Vm}, port {owner.Port}: actor {moment.Actor} used the backend, {owner.Actor} has taken its place");
            else if (happened.Incarnation > 0 && moment.Actor == owner.Actor && happened.Incarnation < owner.Incarnation)
                Violate(moment, $"vm {owner.Vm}, port {owner.Port}: incarnation {happened.Incarnation} used the backend after incarnation {owner.Incarnation}");
            else if (moment.Actor > owner.Actor || happened.Incarnation > owner.Incarnation)
                _owners[i] = owner with { Actor = moment.Actor, Incarnation = happened.Incarnation };
            return;
        }

        _owners.Add(new Owner(happened.Vm.Value, happened.Device.RequesterId, happened.Port, moment.Actor, happened.Incarnation));
    }

    /// <summary>The root passes on what comes; who has the RAM is a VM's own actor below it.</summary>
    private bool IsMemoryServer(int actor) => ActorRole.RoomOf(World.Trace.ActorName(actor)).StartsWith("memory/", StringComparison.Ordinal);

    private void SeenAtMemory(VmId vm, FencingToken fence) => _newestAtMemory[vm.Value] = Math.Max(_newestAtMemory.GetValueOrDefault(vm.Value), fence.Value);

    private readonly record struct Owner(int Vm, ushort Device, int Port, int Actor, int Incarnation);
}
