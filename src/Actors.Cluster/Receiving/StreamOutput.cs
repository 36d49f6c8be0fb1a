using System.Security.Cryptography;
using System.Text;
using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Where a receiver's streams go: nowhere (counted and hashed), to standard output, to one file, or to one file each in a directory.</summary>
internal sealed class StreamOutput
{
    /// <summary>Characters of a file's name that are the port's, at most; a longer name ends in a piece of its hash.</summary>
    private const int MaxName = 150;
    private const int HashDigits = 16;

    private readonly Func<StreamHello, (IStreamStore? Store, string? Problem)> _open;

    private StreamOutput(Func<StreamHello, (IStreamStore?, string?)> open, bool takesOne)
    {
        _open = open;
        TakesOne = takesOne;
    }

    /// <summary>True when there is room for one stream.</summary>
    public bool TakesOne { get; }

    /// <summary>Keeps nothing.</summary>
    public static StreamOutput Nowhere() => new(static _ => (new CountingStore(null), null), takesOne: false);

    /// <summary>Gives each stream to whoever judges it: by VM and port, null where nobody wants it.</summary>
    public static StreamOutput Tap(Func<VmId, string, IStreamTap?> find) =>
        new(hello => find(hello.Vm, hello.Port) is { } tap ? (new TapStore(tap), null) : (null, $"nobody here wants {hello.Vm}/{hello.Port}"), takesOne: false);

    /// <summary>Passes one stream on.</summary>
    public static StreamOutput To(Stream output) => new(_ => (new CountingStore(output), null), takesOne: true);

    /// <summary>Keeps one stream in a file.</summary>
    public static StreamOutput ToFile(string path) => new(_ => (FileStore.TryOpen(path, out var problem), problem), takesOne: true);

    /// <summary>Keeps each stream in a file of its own.</summary>
    public static StreamOutput ToDirectory(string path) =>
        new(hello => (FileStore.TryOpen(Path.Combine(path, FileName(hello)), out var problem), problem), takesOne: false);

    /// <summary>The file name of a stream: <c>vm-7.console</c>. What a guest's description may name and a file system may not hold is written as %XX.</summary>
    public static string FileName(in StreamHello hello)
    {
        var name = new StringBuilder();
        foreach (var one in Encoding.UTF8.GetBytes(hello.Port))
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_' or (byte)'-' or (byte)'.')
                name.Append((char)one);
            else
                name.Append('%').Append(one.ToString("X2", null));
        }

        // An owner file of one stream must not be the file of another.
        if (name.Length > MaxName || hello.Port.EndsWith(FencedFile.OwnerSuffix, StringComparison.Ordinal))
        {
            name.Length = Math.Min(name.Length, MaxName);
            name.Append('~').Append(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hello.Port)))[..HashDigits]);
        }

        return $"{hello.Vm}.{name}";
    }

    /// <summary>Opens a stream's store; null, and the reason, when that can't be.</summary>
    public IStreamStore? TryOpen(in StreamHello hello, out string? problem)
    {
        (var store, problem) = _open(hello);
        return store;
    }
}
