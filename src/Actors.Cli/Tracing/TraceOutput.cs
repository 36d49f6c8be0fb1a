using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Where <c>--trace</c> goes: nowhere, standard error, or a file that is taken away again when no machine comes of the run.</summary>
internal sealed class TraceOutput : IDisposable
{
    private readonly TraceWriter? _writer;
    private readonly StreamWriter? _file;
    private readonly string _name;
    private readonly bool _isNewFile;
    private bool _discarded;

    private TraceOutput(TraceWriter? writer, StreamWriter? file, string name, bool isNewFile) =>
        (_writer, _file, _name, _isNewFile) = (writer, file, name, isNewFile);

    /// <summary>For the rooms; null when nobody watches.</summary>
    public PathTrace? Writer => _writer;

    /// <summary>What a person must know about the trace after it ended, or null.</summary>
    public string? Problem =>
        _discarded || _writer is not { Lost: > 0 } writer ? null
        : $"{writer.Lost} steps are missing in the trace to {_name} ({(writer.Problem is { } refused ? Refusal.Of(_name, refused) : "the output is slower than the machine")})";

    /// <summary>The output took no more. Steps for which it was too slow are no failure: the run goes before its trace.</summary>
    public bool HasFailed => !_discarded && _writer is { Problem: not null };

    public static TraceOutput None() => new(null, null, "", false);

    public static TraceOutput To(TextWriter error, TraceFileFormat format, string name) => new(new TraceWriter(error, format, name), null, "standard error", false);

    public static Parsed<TraceOutput> ToFile(string path, TraceFileFormat format, string name)
    {
        try
        {
            var isNew = !File.Exists(path);
            var file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read));
            return new TraceOutput(new TraceWriter(file, format, name), file, path, isNew);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return new Mistake($"--trace can't write '{path}': {Refusal.Of(path, cause)}, name another file");
        }
    }

    /// <summary>No machine came of it.</summary>
    public void Discard() => _discarded = true;

    public void Dispose()
    {
        _writer?.Dispose();
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // The writer has met it before: every batch is flushed.
        }

        if (_discarded && _isNewFile)
            File.Delete(_name);
    }
}
