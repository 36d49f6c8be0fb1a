using Akka.Actor;
using Akka.Event;

namespace Actors.Cli;

/// <summary>Akka's warnings and errors go to standard error: standard output belongs to the guests.</summary>
internal sealed class StandardErrorLogger : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized());
                break;
            case LogEvent log:
                Complaint.Print(Console.Error, $"{log.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToLowerInvariant()}: {log.Message}");
                if (log.Cause is not null && log.LogLevel() == LogLevel.ErrorLevel)
                {
                    foreach (var line in log.Cause.ToString().Split('\n'))
                        Complaint.Print(Console.Error, line);
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
