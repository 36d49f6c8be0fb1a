namespace Actors.DeviceModel.Tests;

/// <summary>The same with the guest's RAM on another node, where the record lies: it is as old as the last exchange that was applied.</summary>
public sealed class RemoteTakeoverTests : TakeoverTests
{
    /// <inheritdoc/>
    protected override bool IsRemote => true;
}
