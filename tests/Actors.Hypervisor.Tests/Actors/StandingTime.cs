namespace Actors.Hypervisor.Tests;

/// <summary>A test kit in which time stands still unless a test moves it: however slow the machine is, nothing is repeated before it was answered.</summary>
internal static class StandingTime
{
    /// <summary>Its settings. What must come may take its time.</summary>
    public const string Settings = """
        akka {
          loglevel = OFF
          stdout-loglevel = OFF
          test { timefactor = 3, single-expect-default = 30s }
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        }
        """;
}
