using System.IO.Pipes;

namespace Actors.DeviceModel.Tests;

/// <summary>A pipe of which a backend gets one end by number, as a shell hands out standard input and output.</summary>
internal sealed class TestPipe : IDisposable
{
    private readonly AnonymousPipeServerStream _ours;

    private TestPipe(PipeDirection ours) => _ours = new AnonymousPipeServerStream(ours);

    /// <summary>The test's end.</summary>
    public Stream Stream => _ours;

    /// <summary>The number of the backend's end.</summary>
    public int Number => (int)_ours.ClientSafePipeHandle.DangerousGetHandle();

    public static TestPipe ForInput() => new(PipeDirection.Out);

    public static TestPipe ForOutput() => new(PipeDirection.In);

    /// <summary>Closes the test's end and keeps the backend's.</summary>
    public void CloseOurs() => _ours.SafePipeHandle.Dispose();

    public string ReadText(int length)
    {
        var bytes = new byte[length];
        Stream.ReadExactly(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    public void Dispose()
    {
        _ours.ClientSafePipeHandle.Dispose();
        _ours.Dispose();
    }
}
