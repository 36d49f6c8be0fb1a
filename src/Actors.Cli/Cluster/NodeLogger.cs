using System.Text.RegularExpressions;
using Actors.Cluster;
using Akka.Actor;
using Akka.Event;

namespace Actors.Cli;

/// <summary>A node's warnings and errors on standard error, one line each; the same kind about the same peer once a minute, since peers can provoke them.</summary>
internal sealed partial class NodeLogger : UntypedActor
{
    private const int MostCharacters = 1000;

    private readonly LogLimiter _limiter = new(TimeSpan.FromMinutes(1), TimeProvider.System);

    /// <summary>What a complaint is, without what differs from one to the next: numbers, ids, names of peers.</summary>
    public static string KindOf(LogEvent log)
    {
        // A format has said it already; a text has numbers in it, and words with numbers.
        var text = log.Message is LogMessage message ? message.Format : log.Message.ToString();
        return $"{log.LogClass?.Name}|{Numbers().Replace(Short(text), "#")}|{log.Cause?.GetType().Name}";
    }

    /// <summary>Whom it is about: addresses without ports, and names of nodes.</summary>
    public static string PeersOf(string line) => string.Join(' ', Peers().Matches(Short(line)).Select(match => match.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent log:
                Print(log);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private static string Short(string? text) => text is null ? string.Empty : text.Length <= MostCharacters ? text : text[..MostCharacters];

    [GeneratedRegex(@"\w*\d\w*")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\b\d{1,3}(\.\d{1,3}){3}\b|(?<=@)[A-Za-z][\w.-]*")]
    private static partial Regex Peers();

    private void Print(LogEvent log)
    {
        var text = log.Message.ToString() ?? string.Empty;
        if (log.Cause is { } cause && !text.Contains(cause.Message, StringComparison.Ordinal))
            text = $"{text}: {cause.GetType().Name}: {cause.Message}";
        var line = text.Split('\n', 2)[0].TrimEnd('\r', '[', ' ');
        if (!_limiter.Allows(KindOf(log), PeersOf(line), out var keptBack))
            return;
        var level = log.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        Complaint.Print(Console.Error, keptBack == 0 ? $"{level}: {line}" : $"{level}: {line} ({keptBack} more like this since)");
    }
}
