using System.Text;
using System.Text.Unicode;

namespace Actors.Simulation;

/// <summary>Reads and writes plans as files: <c>*.chaos.yaml</c>, described in docs/plan-format.md.</summary>
public static class PlanFile
{
    /// <summary>End of the names of plan files.</summary>
    public const string Extension = ".chaos.yaml";

    /// <summary>Bytes of a plan file at most.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads a file. Whatever is wrong with it, the file itself or what stands in it, is in the answer.</summary>
    public static PlanReading Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var content = new byte[MaxBytes + 1];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return Parse(path, content.AsSpan(0, length));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refused(path, default, failure switch
            {
                FileNotFoundException or DirectoryNotFoundException => "there is no such file",
                UnauthorizedAccessException => "this file can't be read, it is a directory or not yours to read",
                _ => $"this file can't be read: {PlanSpelling.Short(failure.Message.TrimEnd('.'))}",
            });
        }
    }

    /// <summary>Reads a file's content.</summary>
    /// <param name="file">Name of the file, for errors.</param>
    /// <param name="content">Its bytes: UTF-8, at most <see cref="MaxBytes"/>.</param>
    public static PlanReading Parse(string file, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (content.Length > MaxBytes)
            return Refused(file, default, $"this file has more than {Quantity.OfBytes(MaxBytes)}, the most that a plan may have");
        if (content.StartsWith(Encoding.UTF8.Preamble))
            content = content[Encoding.UTF8.Preamble.Length..];
        if (!Utf8.IsValid(content))
            return Refused(file, FirstBad(content), "this isn't UTF-8 text");

        var errors = new PlanErrors(file);
        var plan = PlanNodeReader.Read(Encoding.UTF8.GetString(content), errors) is { } root ? new PlanReader(errors).Read(root) : null;
        return errors.IsEmpty ? new PlanReading(plan, []) : new PlanReading(null, errors.InOrder());
    }

    /// <summary>Reads a text.</summary>
    public static PlanReading Parse(string file, string text) => Parse(file, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a plan in its canonical form: one plan, one text. Reading it gives the plan again.</summary>
    public static string Write(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return PlanWriter.Write(plan);
    }

    private static PlanReading Refused(string file, PlanPlace place, string what) => new(null, [new PlanError(file, place.Line, place.Column, what)]);

    private static PlanPlace FirstBad(ReadOnlySpan<byte> content)
    {
        var place = new PlanPlace(1, 1);
        while (Rune.DecodeFromUtf8(content, out var rune, out var length) == System.Buffers.OperationStatus.Done)
        {
            place = rune.Value == '\n' ? new PlanPlace(place.Line + 1, 1) : place with { Column = place.Column + 1 };
            content = content[length..];
        }

        return place;
    }
}
