using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;

namespace Actors.Simulation;

/// <summary>
/// The choices of one run with the plan that they were made for: what a failing run is sent to somebody as. A file (<c>*.choices.bin</c>) or, packed into
/// printable characters, part of a command line.
/// </summary>
/// <param name="PlanName">Name of the plan.</param>
/// <param name="PlanText">The plan in the form of a plan file.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Script">The choices.</param>
public sealed record ChoiceLog(string PlanName, string PlanText, ulong Seed, RunScript Script)
{
    /// <summary>Name of the flawed variant that ran, or null.</summary>
    public string? Flaw { get; init; }

    /// <summary>Id of the oracle that was violated; empty: none.</summary>
    public string Oracle { get; init; } = string.Empty;

    /// <summary>What it said.</summary>
    public string What { get; init; } = string.Empty;

    /// <summary>Hash of the run's trace.</summary>
    public ulong TraceHash { get; init; }

    /// <summary>
    /// Full name of the test whose body made the run, or null. What a body does is in no plan: only that test can repeat the run, when the environment names the log for it. Such logs are
    /// of version 2, which programs that don't know of them refuse.
    /// </summary>
    public string? Test { get; init; }

    /// <summary>Which of the test's machines it is of, from 1; 0 when there is no test.</summary>
    public int Machine { get; init; }

    /// <summary>Variable of the environment that names the log that a test is to repeat.</summary>
    public const string ReplayVariable = "ACTORS_REPLAY";

    /// <summary>Most bytes of a file.</summary>
    public const int MaxBytes = 16 << 20;

    private const string Printable = "chaos1.";
    private const byte Version = 1;
    private const byte TestVersion = 2;
    private const string OtherVersion = "is a choice log of version";

    private static ReadOnlySpan<byte> Magic => "ACHL"u8;

    /// <summary>Hash of the plan's text: plans with equal text are the same plan.</summary>
    public ulong PlanHash => HashOf(PlanText);

    /// <summary>Whether a text looks like a log in printable characters.</summary>
    public static bool IsPrintable(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith(Printable, StringComparison.Ordinal);
    }

    /// <summary>The log of a run that recorded its choices.</summary>
    /// <param name="result">The run.</param>
    /// <param name="violation">What it is kept for, or null for its first violation.</param>
    public static ChoiceLog Of(RunResult result, Violation? violation = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        var request = result.Request;
        violation ??= result.Violations.IsEmpty ? null : result.Violations[0];
        return new ChoiceLog(request.Plan.Name, PlanFile.Write(request.Plan), request.Seed, result.Script)
        {
            Flaw = request.Flaw, Oracle = violation?.Oracle ?? string.Empty, What = violation?.What ?? string.Empty, TraceHash = result.TraceHash,
        };
    }

    /// <summary>The bytes of a file.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ChoiceLogWriter();
        bytes.Raw(Magic);
        bytes.Number(Test is null ? Version : TestVersion);
        bytes.Text(PlanName);
        bytes.Fixed(PlanHash);
        bytes.Text(PlanText);
        bytes.Number(Seed);
        bytes.Text(Flaw ?? string.Empty);
        bytes.Text(Oracle);
        bytes.Text(What);
        bytes.Fixed(TraceHash);
        if (Test is not null)
        {
            bytes.Text(Test);
            bytes.Number((ulong)Machine);
        }

        bytes.Number(Script.WorkloadBytes is { } workload ? (ulong)workload + 1 : 0);
        bytes.Number((ulong)Script.Picks.Count);
        var decision = 0L;
        foreach (var pick in Script.Picks)
        {
            bytes.Number((ulong)(pick.Decision - decision));
            bytes.Number((ulong)pick.Alternatives);
            bytes.Number((ulong)pick.Index);
            decision = pick.Decision;
        }

        bytes.Number((ulong)Script.Firings.Count);
        foreach (var firing in Script.Firings)
        {
            bytes.Number((ulong)firing.Rule);
            bytes.Number((ulong)firing.Occurrence);
            bytes.Signed(firing.A);
            bytes.Signed(firing.B);
        }

        return bytes.Sealed();
    }

    /// <summary>The log in printable characters, without spaces.</summary>
    public string ToPrintable()
    {
        var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
            brotli.Write(ToBytes());
        return Printable + Convert.ToBase64String(packed.ToArray()).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    /// <summary>Reads a file, of which no more than a log can have is taken in: a name may be of a device that never ends.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="log">The log.</param>
    /// <param name="problem">What is wrong, as the rest of a sentence that begins with the file's name.</param>
    internal static bool TryReadFile(string file, out ChoiceLog? log, out string problem)
    {
        var bytes = new byte[MaxBytes + 1];
        int count;
        try
        {
            using var stream = File.OpenRead(file);
            count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            (log, problem) = (null, $"can't be read: {refused.Message.TrimEnd('.')}");
            return false;
        }

        if (count <= MaxBytes)
            return TryRead(bytes.AsSpan(0, count), out log, out problem);
        (log, problem) = (null, $"has more than {MaxBytes >> 20} MiB, no choice log does");
        return false;
    }

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="log">The log.</param>
    /// <param name="problem">What is wrong, as the rest of a sentence that begins with the file's name.</param>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ChoiceLog? log, out string problem)
    {
        log = null;
        if (bytes.Length < Magic.Length || !bytes[..Magic.Length].SequenceEqual(Magic))
        {
            problem = "isn't a choice log";
            return false;
        }

        if (bytes.Length > Magic.Length && bytes[Magic.Length] is not (Version or TestVersion))
        {
            problem = $"{OtherVersion} {bytes[Magic.Length]}, this program reads versions {Version} and {TestVersion}";
            return false;
        }

        problem = "is a damaged choice log";
        var reader = new ChoiceLogReader(bytes);
        if (!reader.IsSealed)
            return false;
        reader.Skip(Magic.Length + 1);
        var name = reader.Text();
        var hash = reader.Fixed();
        var plan = reader.Text();
        var seed = reader.Number();
        var flaw = reader.Text();
        var oracle = reader.Text();
        var what = reader.Text();
        var trace = reader.Fixed();
        var (test, machine) = bytes[Magic.Length] == TestVersion ? (reader.Text(), reader.Index()) : (null, 0);
        var workload = reader.Number();
        var picks = Picks(ref reader);
        var firings = Firings(ref reader);
        if (reader.IsBroken || !reader.IsAtEnd || HashOf(plan) != hash || workload > long.MaxValue)
            return false;
        log = new ChoiceLog(name, plan, seed, new RunScript(ReplayMode.Strict, firings, picks) { WorkloadBytes = workload == 0 ? null : (long)workload - 1 })
        {
            Flaw = flaw.Length == 0 ? null : flaw, Oracle = oracle, What = what, TraceHash = trace, Test = test, Machine = machine,
        };
        problem = string.Empty;
        return true;
    }

    /// <summary>Reads a log in printable characters.</summary>
    public static bool TryReadPrintable(string text, out ChoiceLog? log, out string problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        log = null;
        const string damaged = "is a damaged choice log, copy it whole";
        problem = damaged;
        if (!IsPrintable(text))
            return false;
        var digits = text[Printable.Length..].Replace('-', '+').Replace('_', '/');
        digits = digits.PadRight((digits.Length + 3) / 4 * 4, '=');
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(Convert.FromBase64String(digits)), CompressionMode.Decompress);
            var bytes = new byte[MaxBytes];
            var length = brotli.ReadAtLeast(bytes, MaxBytes, throwOnEndOfStream: false);
            if (TryRead(bytes.AsSpan(0, length), out log, out problem))
                return true;
            if (!problem.StartsWith(OtherVersion, StringComparison.Ordinal))
                problem = damaged;
            return false;
        }
        catch (Exception unreadable) when (unreadable is FormatException or InvalidDataException or InvalidOperationException or IOException)
        {
            return false;
        }
    }

    /// <summary>Hash of a plan's text.</summary>
    internal static ulong HashOf(string planText) => Simulation.TraceHash.Of(Encoding.UTF8.GetBytes(planText));

    private static ImmutableArray<SchedulePick> Picks(ref ChoiceLogReader reader)
    {
        var picks = ImmutableArray.CreateBuilder<SchedulePick>();
        var decision = 0UL;
        for (var left = reader.Count(3); left > 0 && !reader.IsBroken; left--)
        {
            decision += reader.Number();
            picks.Add(new SchedulePick((long)(decision & long.MaxValue), reader.Index(), reader.Index()));
        }

        return picks.ToImmutable();
    }

    private static ImmutableArray<FaultFiring> Firings(ref ChoiceLogReader reader)
    {
        var firings = ImmutableArray.CreateBuilder<FaultFiring>();
        for (var left = reader.Count(4); left > 0 && !reader.IsBroken; left--)
            firings.Add(new FaultFiring(reader.Index(), (long)(reader.Number() & long.MaxValue), reader.Signed(), reader.Signed()));
        return firings.ToImmutable();
    }
}
