using Actors.Guest;

namespace Actors.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        var guests = new GuestCatalog();
        return new CommandLine(new LocalMachine(guests), guests.Validate).Invoke(args, Console.Out, Console.Error);
    }
}
