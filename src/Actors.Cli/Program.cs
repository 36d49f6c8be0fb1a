using Actors.DeviceModel;
using Actors.Guest;

namespace Actors.Cli;

internal static class Program
{
    private static int Main(string[] args)
    {
        // What would go into a closed stream goes nowhere, not into whatever has its number.
        if (!StandardStreams.IsInherited(1))
            Console.SetOut(TextWriter.Null);
        if (!StandardStreams.IsInherited(2))
            Console.SetError(TextWriter.Null);

        TerminalKeys.RestoreAtEnd();
        var guests = new GuestCatalog();
        return new CommandLine(new LocalMachine(guests), guests.Validate).Invoke(args, Console.Out, Console.Error);
    }
}
