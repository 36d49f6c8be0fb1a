namespace Actors.Simulation;

/// <summary>I21: whatever guests and peers do, what is held for them has a bound.</summary>
internal sealed class BoundedMemoryOracle : Oracle, IPortListener
{
    /// <summary>Messages that may wait for an actor: more than the credits of all its peers together.</summary>
    public const int MaxDepth = 4096;

    private int[] _depths = new int[64];

    /// <inheritdoc/>
    public override string Id => "I21";

    /// <inheritdoc/>
    public override string Statement => "A port holds no more output of buffers that were given back than its policy allows, and no more than 4,096 messages wait for any actor.";

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Receive;

    /// <inheritdoc/>
    public override void OnBegin(World world)
    {
        base.OnBegin(world);
        world.Ports.Subscribe(this);
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        var index = send.To - World.FirstActor;
        if (index < 0 || !send.IsDelivered)
            return;
        if (index >= _depths.Length)
            Array.Resize(ref _depths, index * 2);
        if (++_depths[index] > MaxDepth)
            Violate(moment, $"{_depths[index]} messages wait for {World.Trace.ActorName(send.To)}");
    }

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        var index = receive.Actor - World.FirstActor;
        if ((uint)index < (uint)_depths.Length)
            _depths[index]--;
    }

    /// <inheritdoc/>
    public void OnReturned(in Moment moment, PortView port, VirtioChainView chain)
    {
        if (port.IsLost || port.IsMisused || port.Stream is not { } stream)
            return;
        var held = stream.Returned - port.Position;
        if (held > port.MayHold)
            Violate(moment, $"vm {port.Vm.Value}, port {port.Index}: {held} bytes of buffers that were given back wait for the backend, {port.MayHold} may");
    }
}
