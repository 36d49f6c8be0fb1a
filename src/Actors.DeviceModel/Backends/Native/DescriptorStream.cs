namespace Actors.DeviceModel;

/// <summary>A descriptor whose reads and writes don't block, and what must be undone when it is done with.</summary>
/// <param name="descriptor">The descriptor; owned.</param>
/// <param name="isSocket">True: its calls are send and recv.</param>
internal sealed class DescriptorStream(SafeDescriptor descriptor, bool isSocket = false) : IDisposable
{
    private readonly Stack<IDisposable> _undo = new(1);

    public SafeDescriptor Descriptor { get; } = descriptor;

    /// <summary>Adds what is disposed before the descriptor is closed.</summary>
    public void OnClose(IDisposable undo) => _undo.Push(undo);

    public BackendResult Write(ReadOnlySpan<byte> data) => DescriptorIo.Write(Descriptor, data, isSocket);

    public BackendResult Read(Span<byte> destination) => DescriptorIo.Read(Descriptor, destination, isSocket);

    public void Dispose()
    {
        while (_undo.TryPop(out var undo))
            undo.Dispose();
        Descriptor.Dispose();
    }
}
