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
                Console.Error.WriteLine($"actors: {log.LogLevel().ToString().Replace("Level", string.Empty, StringComparison.Ordinal).ToLowerInvariant()}: {log.Message}");
                if (log.Cause is not null && log.LogLevel() == LogLevel.ErrorLevel)
                {
                    Console.Error.WriteLine(log.Cause);
                }

                break;
            default:
                Unhandled(message);
                break;
        }
    }
}
