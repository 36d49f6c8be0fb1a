namespace Actors.Simulation;

/// <summary>I24: of the incarnations of a device and of a port, only the newest has effects.</summary>
internal sealed class SingleOwnerOracle : VirtioOracle
{
    private readonly List<Owner> _owners = [];
    private readonly FenceRules _fences = new();

    /// <inheritdoc/>
    public override string Id => "I24";

    /// <inheritdoc/>
    public override string Statement => "Once an incarnation of a device or port has had an effect, none before it has any: not on guest memory, not on the backend; and no backend takes anything from an owner with a lower token than it has seen.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Backend;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Access;

    /// <inheritdoc/>
    public override void OnAccess(in Moment moment, in RingAccess access, ReadOnlySpan<byte> data)
    {
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

    private readonly record struct Owner(int Vm, ushort Device, int Port, int Actor, int Incarnation);
}
