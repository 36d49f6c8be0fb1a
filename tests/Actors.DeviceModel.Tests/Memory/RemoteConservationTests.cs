namespace Actors.DeviceModel.Tests;

/// <summary>The same with the guest's RAM on another node, and exchanges lost, doubled and late like every other message: no byte, no buffer and no interrupt is missed, and none comes twice.</summary>
public sealed class RemoteConservationTests : CrashConservationTests
{
    /// <inheritdoc/>
    protected override bool IsRemote => true;
}
