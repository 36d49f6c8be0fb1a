using System.Globalization;
using System.Runtime.Versioning;

namespace Actors.Cli.Tests;

/// <summary>Folders that runs left, beside those of runs that live.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class RunFolderTests : IDisposable
{
    private const string Prefix = "actors-x-";

    // No process has a number as high (PID_MAX_LIMIT is 2^22).
    private const int NoProcess = int.MaxValue;

    private readonly DirectoryInfo _where = Directory.CreateTempSubdirectory("actors-folder-tests-");
    private readonly List<FileStream> _locks = [];

    public void Dispose()
    {
        _locks.ForEach(static mark => mark.Dispose());
        _where.Delete(recursive: true);
    }

    [Fact]
    public void Only_a_folder_whose_owner_is_dead_goes()
    {
        var dead = Make("dead", Number(NoProcess));
        File.WriteAllText(Path.Combine(dead, "socket"), "");
        string[] stay =
        [
            Make("locked", Number(NoProcess), isLocked: true),
            Make("living", Number(Environment.ProcessId)),
            Make("unmarked", null),
            Make("being-made", ""),
            Make("nonsense", "no number"),
        ];
        var other = Directory.CreateDirectory(Path.Combine(_where.FullName, "another-dead"), Mode).FullName;
        File.WriteAllText(Path.Combine(other, RunFolder.Mark), Number(NoProcess));

        RunFolder.Sweep(_where.FullName, Prefix);

        Assert.False(Directory.Exists(dead));
        Assert.All(stay.Append(other), folder => Assert.True(Directory.Exists(folder), folder));
    }

    [Fact]
    public void A_folder_that_others_may_write_to_and_a_link_are_not_ours()
    {
        var open = Make("open", Number(NoProcess));
        File.SetUnixFileMode(open, Mode | UnixFileMode.OtherWrite);
        var aim = Directory.CreateDirectory(Path.Combine(_where.FullName, "aim"), Mode).FullName;
        File.WriteAllText(Path.Combine(aim, RunFolder.Mark), Number(NoProcess));
        var link = Directory.CreateSymbolicLink(Path.Combine(_where.FullName, Prefix + "link"), aim).FullName;

        RunFolder.Sweep(_where.FullName, Prefix);

        Assert.All([open, aim, link], folder => Assert.True(Directory.Exists(folder), folder));
    }

    [Fact]
    public void A_folder_in_use_is_nobody_elses_and_goes_with_its_run()
    {
        using var keeper = new ProcessKeeper();
        string path;
        using (var folder = RunFolder.Make("actors-folder-tests-own-", keeper))
        {
            path = folder.Folder.FullName;
            Assert.Equal([path], keeper.Folders);
            Assert.Throws<IOException>(() => File.OpenRead(Path.Combine(path, RunFolder.Mark)));
        }

        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Where_there_is_nothing_nothing_is_done() => RunFolder.Sweep(Path.Combine(_where.FullName, "nowhere"), Prefix);

    private static UnixFileMode Mode => UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static string Number(int process) => process.ToString(CultureInfo.InvariantCulture);

    private string Make(string name, string? owner, bool isLocked = false)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_where.FullName, Prefix + name), Mode).FullName;
        if (owner is null)
            return folder;
        var mark = Path.Combine(folder, RunFolder.Mark);
        File.WriteAllText(mark, owner);
        if (isLocked)
            _locks.Add(new FileStream(mark, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        return folder;
    }
}
