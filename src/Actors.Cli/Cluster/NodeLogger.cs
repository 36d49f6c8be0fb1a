using Actors.Cluster;
using Akka.Actor;
using Akka.Event;

namespace Actors.Cli;

/// <summary>A node's warnings and errors on standard error, one line each; the same one once a minute, since peers can provoke them.</summary>
internal sealed class NodeLogger : UntypedActor
{
    private readonly LogLimiter _limiter = new(TimeSpan.FromMinutes(1), TimeProvider.System);

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

    private void Print(LogEvent log)
    {
        var text = log.Message.ToString() ?? string.Empty;
        if (log.Cause is { } cause && !text.Contains(cause.Message, StringComparison.Ordinal))
            text = $"{text}: {cause.GetType().Name}: {cause.Message}";
        var line = text.Split('\n', 2)[0].TrimEnd('\r', '[', ' ');
        if (!_limiter.Allows(log.LogSource, line, out var keptBack))
            return;
        var level = log.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
        Complaint.Print(Console.Error, keptBack == 0 ? $"{level}: {line}" : $"{level}: {line} ({keptBack} more like this since)");
    }
}
