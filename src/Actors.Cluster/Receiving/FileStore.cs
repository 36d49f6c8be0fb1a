using System.Buffers;
using System.Security.Cryptography;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>
/// Keeps a stream in a file, with its owner's token beside it (<see cref="FencedFile"/>): so the next receiver goes on with it, and knows whom to refuse.
/// </summary>
internal sealed class FileStore : IStreamStore
{
    private const int HashBuffer = 64 * 1024;

    private readonly FencedFile _file;

    private FileStore(string path, FencedFile file)
    {
        File = path;
        _file = file;
    }

    /// <inheritdoc/>
    public long Position => _file.Position ?? 0;

    /// <inheritdoc/>
    public long BeginsAt => _file.BeginsAt;

    /// <inheritdoc/>
    public FencingToken Highest => _file.Highest;

    /// <inheritdoc/>
    public string? File { get; }

    /// <summary>Opens or makes the file; null, and the reason, when that can't be.</summary>
    public static FileStore? TryOpen(string path, out string? reason)
    {
        var file = FencedFile.TryOpen(path, out var error);
        reason = file is null ? $"'{path}' can't be written to: {Libc.Describe(error)}" : null;
        return file is null ? null : new FileStore(path, file);
    }

    /// <inheritdoc/>
    public BackendResult Claim(FencingToken fence, long beginsAt) => _file.Claim(fence, beginsAt);

    /// <inheritdoc/>
    public BackendResult Append(ReadOnlySpan<byte> data) => _file.WriteAt(Position, data);

    /// <inheritdoc/>
    public bool TrySynchronize() => _file.TrySynchronize();

    /// <inheritdoc/>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(HashBuffer);
        for (var at = BeginsAt; _file.ReadAt(at, buffer) is var count and > 0; at += count)
            hash.AppendData(buffer, 0, count);
        ArrayPool<byte>.Shared.Return(buffer);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
