using System.Diagnostics;
using System.Globalization;

namespace Actors.Cli;

/// <summary>
/// A folder for the time of a run, in the system's folder for such things. It goes with the run; when that is killed, with the shell that looks after it (<see cref="ProcessKeeper"/>) or with its nodes
/// (<see cref="Leash"/>); and when all of them are killed at once, with the next run that begins. A file in it, locked for as long as its owner lives, says that it has one.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    /// <summary>Names the owner's process, who has it locked.</summary>
    public const string Mark = "owner";

    private const int MostAttempts = 10;

    private const UnixFileMode OnlyOurs = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly FileStream _mark;

    private RunFolder(DirectoryInfo folder, FileStream mark)
    {
        Folder = folder;
        _mark = mark;
    }

    /// <summary>Where it is.</summary>
    public DirectoryInfo Folder { get; }

    /// <summary>Makes one, and removes those of the same kind whose owners are dead.</summary>
    /// <param name="prefix">How such folders' names begin.</param>
    /// <param name="keeper">Removes it when this process is killed.</param>
    public static RunFolder Make(string prefix, ProcessKeeper keeper)
    {
        Sweep(Path.GetTempPath(), prefix);
        for (var left = MostAttempts; ; left--)
        {
            var folder = Directory.CreateTempSubdirectory(prefix);
            keeper.Keep(folder);
            try
            {
                return new RunFolder(folder, Claim(folder.FullName));
            }
            catch (IOException) when (left > 1)
            {
                // Somebody who sweeps looks whose it is, and had the lock first.
                Remove(folder.FullName);
            }
        }
    }

    /// <summary>Removes folders whose owners are dead: nobody has their lock, and there is no process of the number that stands in it.</summary>
    public static void Sweep(string where, string prefix)
    {
        try
        {
            foreach (var folder in Directory.EnumerateDirectories(where, prefix + "*"))
                SweepOne(folder);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Who can't look there can't leave anything there either.
        }
    }

    /// <summary>Removes a folder, and all that is in it.</summary>
    public static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Somebody else did it or does, or makes a socket in it meanwhile.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Remove(Folder.FullName);
        _mark.Dispose();
    }

    private static FileStream Claim(string folder)
    {
        var mark = new FileStream(Path.Combine(folder, Mark), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        mark.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        mark.Flush();
        return mark;
    }

    private static void SweepOne(string folder)
    {
        try
        {
            var info = new DirectoryInfo(folder);
            if (info.LinkTarget is not null || (!OperatingSystem.IsWindows() && info.UnixFileMode != OnlyOurs))
                return;
            using var mark = new FileStream(Path.Combine(folder, Mark), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            using var reader = new StreamReader(mark);

            // Where locks don't work, the number still says whose it is. Who has not written it yet is about to.
            if (int.TryParse(reader.ReadLine(), NumberStyles.None, CultureInfo.InvariantCulture, out var owner) && !IsAlive(owner))
                Remove(folder);
        }
        catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
        {
            // It is somebody else's, it has an owner who lives, or it is gone.
        }
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
