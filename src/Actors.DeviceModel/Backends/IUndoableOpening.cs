namespace Actors.DeviceModel;

/// <summary>A backend whose opening made something that its closing leaves: a file.</summary>
internal interface IUndoableOpening
{
    /// <summary>No machine came of it: takes away what opening made. Called before Dispose, when nothing was written.</summary>
    void UndoOpening();
}
