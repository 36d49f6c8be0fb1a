namespace Actors.Cli;

/// <summary>Files that a person named for what comes out of a command. What can't be opened is a mistake, told before anything is done; what fails later, on a full disk, is a failure of what was done.</summary>
internal static class OutputFile
{
    /// <summary>Null, or why a file can't be written there. Leaves no new file behind.</summary>
    public static Mistake? Check(string file)
    {
        try
        {
            var isNew = !File.Exists(file);
            using (new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write))
            {
            }

            if (isNew)
                File.Delete(file);
            return null;
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            return UnwritableFileException.Of(file, refused);
        }
    }

    /// <summary>Writes a text. What a full disk took of a new file is removed again.</summary>
    /// <exception cref="UnwritableFileException">It can't be written.</exception>
    public static void Write(string file, Action<StreamWriter> write) => Make(file, stream =>
    {
        using var text = new StreamWriter(stream, leaveOpen: true);
        write(text);
    });

    /// <summary>Writes bytes, with the same promise.</summary>
    /// <exception cref="UnwritableFileException">They can't be written.</exception>
    public static void Write(string file, byte[] bytes) => Make(file, stream => stream.Write(bytes));

    /// <summary>Whether two names are of one file, which reading one and writing the other would destroy.</summary>
    public static bool IsSame(string one, string other) => string.Equals(Target(one), Target(other), StringComparison.Ordinal);

    private static void Make(string file, Action<Stream> write)
    {
        var isNew = !File.Exists(file);
        try
        {
            using var stream = Open(file);
            write(stream);
        }
        catch (IOException full)
        {
            if (isNew && File.Exists(file))
                File.Delete(file);
            throw new UnwritableFileException(file, full);
        }
    }

    private static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Create, FileAccess.Write);
        }
        catch (Exception refused) when (IsRefusal(refused))
        {
            throw new UnwritableFileException(file, refused);
        }
    }

    private static bool IsRefusal(Exception refused) => refused is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static string Target(string file) =>
        File.Exists(file) && File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target ? target.FullName : Path.GetFullPath(file);
}

/// <summary>A file that was named for output didn't take it. Its message is a sentence for a person.</summary>
internal sealed class UnwritableFileException(string file, Exception refused) : Exception(Of(file, refused).Sentence, refused)
{
    /// <summary>The sentence as a mistake.</summary>
    public static Mistake Of(string file, Exception refused) => new($"'{file}' can't be written: {Refusal.Of(file, refused)}, name another file");
}
