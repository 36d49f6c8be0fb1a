using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A flaw in how a port uses its backend.</summary>
internal abstract class BackendFlaw : Flaw
{
    /// <inheritdoc/>
    public sealed override IPortBackend Backend(World world, IPortBackend backend) => new View(this, world, backend);

    /// <summary>In place of a write.</summary>
    protected virtual BackendResult Write(World world, IPortBackend backend, ReadOnlySpan<byte> data) => backend.TryWrite(data);

    /// <summary>In place of a read.</summary>
    protected virtual BackendResult Read(World world, IPortBackend backend, Span<byte> destination) => backend.TryRead(destination);

    /// <summary>In place of arming.</summary>
    protected virtual void Arm(IPortBackend backend, BackendInterest interest) => backend.Arm(interest);

    private sealed class View(BackendFlaw flaw, World world, IPortBackend backend) : IPortBackend
    {
        public string? Notice => backend.Notice;

        public bool IsConnected => backend.IsConnected;

        public BackendResult TryWrite(ReadOnlySpan<byte> data) => data.IsEmpty ? backend.TryWrite(data) : flaw.Write(world, backend, data);

        public BackendResult TryRead(Span<byte> destination) => flaw.Read(world, backend, destination);

        public void Arm(BackendInterest interest) => flaw.Arm(backend, interest);

        public void Dispose() => backend.Dispose();
    }
}
