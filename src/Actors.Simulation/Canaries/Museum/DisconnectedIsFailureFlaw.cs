using Actors.DeviceModel;

namespace Actors.Simulation;

/// <summary>ENOTCONN is taken for the end of the backend: nobody who connects later finds it.</summary>
internal sealed class DisconnectedIsFailureFlaw() : MuseumFlaw("enotconn-ends-port", "museum-acrn-3189", "I1", "L4")
{
    /// <inheritdoc/>
    public override IPortBackend Backend(World world, IPortBackend backend) => new Resetting(backend);

    private sealed class Resetting(IPortBackend inner) : FlawedBackend(inner)
    {
        private bool _isOver;

        public override bool IsConnected => !_isOver && base.IsConnected;

        public override BackendResult TryWrite(ReadOnlySpan<byte> data) => Judge(_isOver ? default : base.TryWrite(data));

        public override BackendResult TryRead(Span<byte> destination) => _isOver ? Judge(default) : base.TryRead(destination);

        public override void Arm(BackendInterest interest)
        {
            if (!_isOver)
                base.Arm(interest);
        }

        private BackendResult Judge(BackendResult result)
        {
            _isOver |= result.Status == BackendStatus.Disconnected;
            return _isOver ? new BackendResult(BackendStatus.Failed, Error: "ENOTCONN") : result;
        }
    }
}
