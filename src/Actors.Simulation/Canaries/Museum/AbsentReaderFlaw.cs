using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>A pty takes what is written although nobody has opened its other end, and nobody asks whether somebody has.</summary>
internal sealed class AbsentReaderFlaw() : MuseumFlaw("absent-reader-swallows", "museum-cloud-hypervisor-4521", "I1", "L4")
{
    /// <inheritdoc/>
    public override IPortBackend Backend(World world, IPortBackend backend) => new Swallowing(backend);

    private sealed class Swallowing(IPortBackend inner) : FlawedBackend(inner)
    {
        private readonly IPortBackend _inner = inner;

        public override bool IsConnected => true;

        public override BackendResult TryWrite(ReadOnlySpan<byte> data) =>
            _inner.IsConnected ? base.TryWrite(data) : new BackendResult(BackendStatus.Done, data.Length);
    }
}
