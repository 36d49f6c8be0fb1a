namespace Actors.Scenarios;

/// <summary>How a test executes one command of a page. Rehearsals stand in <c>Documents/Rehearsals</c>, a file a page; README.md there explains the words.</summary>
internal sealed record Rehearsal(string Page, string Command)
{
    private static readonly string _folder = Path.Combine(RepositoryTree.Root.FullName, "tests", "Actors.Scenarios", "Documents", "Rehearsals");

    /// <summary>Files made of the page's YAML blocks.</summary>
    public List<string> Saved { get; } = [];

    /// <summary>What is run before, and must succeed.</summary>
    public List<string> Given { get; } = [];

    /// <summary>What runs beside the command, each with the line that it is waited for.</summary>
    public List<(string Command, string Ready)> Beside { get; } = [];

    /// <summary>What of the command is replaced by something else.</summary>
    public List<(string Text, string By)> With { get; } = [];

    /// <summary>What of the command is replaced by something that stands in the output of what runs beside it.</summary>
    public List<(string Text, string Pattern)> Taken { get; } = [];

    /// <summary>Lines on standard input.</summary>
    public List<string> Input { get; } = [];

    /// <summary>Texts in the output.</summary>
    public List<string> Says { get; } = [];

    /// <summary>What is run afterwards, and must succeed.</summary>
    public List<string> Then { get; } = [];

    /// <summary>The output that the command is waited for and then asked to end; null: it ends by itself.</summary>
    public string? Until { get; private set; }

    /// <summary>The output of what runs beside it that the command is waited for and then asked to end.</summary>
    public string? Heard { get; private set; }

    /// <summary>The exit status that the command must have.</summary>
    public int Status { get; private set; }

    /// <summary>A program that not every machine has.</summary>
    public string? Needs { get; private set; }

    /// <summary>Why the command can't be executed here.</summary>
    public string? Cannot { get; private set; }

    /// <summary>The test that executes the command already, as Class.Method.</summary>
    public string? ShownBy { get; private set; }

    /// <summary>All that happens and is demanded, as text: two pages that say the same of the same command are one rehearsal.</summary>
    public string Steps { get; private set; } = Command;

    /// <summary>The rehearsals of a page: those of its file.</summary>
    public static IReadOnlyList<Rehearsal> Of(string page)
    {
        var file = Path.Combine(_folder, FileOf(page));
        return File.Exists(file) ? [.. Read(page, File.ReadLines(file))] : [];
    }

    /// <summary>The name of the file with a page's rehearsals.</summary>
    public static string FileOf(string page) => Path.ChangeExtension(page.Replace('/', '-'), ".txt");

    /// <summary>The pages that have such a file.</summary>
    public static IEnumerable<string> Files() => Directory.GetFiles(_folder, "*.txt").Select(file => Path.GetFileName(file)!);

    /// <summary>Reads rehearsals.</summary>
    public static IEnumerable<Rehearsal> Read(string page, IEnumerable<string> lines)
    {
        Rehearsal? current = null;
        foreach (var line in lines.Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var (word, rest) = line.IndexOf(' ') is var space and > 0 ? (line[..space], line[(space + 1)..].Trim()) : (line, "");
            if (word == "$")
            {
                if (current is not null)
                    yield return current;
                current = new Rehearsal(page, rest);
            }
            else
            {
                (current ?? throw new FormatException($"{FileOf(page)}: '{line}' stands before the first command.")).Add(word, rest);
            }
        }

        if (current is not null)
            yield return current;
    }

    private void Add(string word, string rest)
    {
        // What is made of a page's own text is that page's alone.
        Steps += $"\n{word} {rest}{(word == "save" ? " of " + Page : "")}";
        switch (word)
        {
            case "save": Saved.Add(rest); break;
            case "given": Given.Add(rest); break;
            case "beside": Beside.Add((rest, "")); break;
            case "ready" when Beside.Count > 0: Beside[^1] = Beside[^1] with { Ready = rest }; break;
            case "with": With.Add(Pair(rest)); break;
            case "take": Taken.Add(Pair(rest)); break;
            case "input": Input.Add(rest); break;
            case "until": Until = rest; break;
            case "heard": Heard = rest; break;
            case "says": Says.Add(rest); break;
            case "status": Status = int.Parse(rest, System.Globalization.CultureInfo.InvariantCulture); break;
            case "then": Then.Add(rest); break;
            case "needs": Needs = rest; break;
            case "cannot": Cannot = rest; break;
            case "shown": ShownBy = rest; break;
            default: throw new FormatException($"{FileOf(Page)}: '{word}' below '{Command}' is no word of a rehearsal.");
        }
    }

    private static (string Left, string Right) Pair(string rest)
    {
        var parts = rest.Split(" => ");
        return parts.Length == 2 ? (parts[0], parts[1]) : throw new FormatException($"'{rest}' is not TEXT => TEXT.");
    }
}
