namespace Actors.DeviceModel.Tests;

/// <summary>A folder of a test's own, gone after it. Its path is short: sockets need that.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ab").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
