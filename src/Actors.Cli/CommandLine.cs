using System.CommandLine;
using System.CommandLine.Parsing;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>The program's commands. Every mistake ends in one sentence on standard error and status 2.</summary>
internal sealed class CommandLine
{
    // '@' begins a console port here, not a file of arguments.
    private static readonly ParserConfiguration Syntax = new() { ResponseFileTokenReplacer = null };

    private readonly RootCommand _root;

    public CommandLine(IMachineRunner runner, Func<GuestSpec, string?> validateGuest)
    {
        Run = new RunCommand(runner, validateGuest);
        _root = new RootCommand("A distributed emulator of the I/O path of a hypervisor of ACRN's kind. Every component of a machine is an actor, every hop a message.")
        {
            Run.Command,
            new NodeCommand(Environment.GetEnvironmentVariable).Command,
            new CertificatesCommand().Command,
            new ScaleCommand().Command,
            new ChaosCommand().Command,
            new TraceCommand().Command,
            new ReceiveCommand().Command,
        };
    }

    public RunCommand Run { get; }

    public ParseResult Parse(IReadOnlyList<string> arguments) => CommandLineParser.Parse(_root, arguments, Syntax);

    /// <summary>Does what the arguments say; the result is the process's status.</summary>
    public int Invoke(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        var parsed = Parse(arguments);
        if (StrayOption(parsed, arguments) is { } stray)
            return Complaint.Say(error, new Mistake(NoSuchOption(parsed.CommandResult, stray)));
        if (parsed.Errors.Count > 0)
            return Complaint.Say(error, new Mistake(Sentence(parsed)));

        // An empty variable in --trace=$FILE; the parser tells no difference to --trace.
        if (arguments.Contains($"{RunOptionNames.Trace}="))
            return Complaint.Say(error, new Mistake("--trace= names no file, write --trace=FILE, or --trace for standard error"));

        // Signals are ours, and an exception is a defect of ours that a person can report.
        var invocation = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        try
        {
            return parsed.Invoke(invocation);
        }
        catch (UnwritableFileException refused)
        {
            Complaint.Print(error, refused.Message);
            return ExitStatus.Failed;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException && parsed.Action != Run.Command.Action)
        {
            Complaint.Print(error, $"standard output can't be written: {refused.Message}");
            return ExitStatus.Failed;
        }
        catch (Exception defect)
        {
            Complaint.Print(error, $"a defect of the program: {defect.GetType().Name}: {defect.Message}");
            return ExitStatus.Failed;
        }
    }

    private static string Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var path = PathOf(parsed.CommandResult);
        if (parsed.UnmatchedTokens is [var token, ..])
        {
            if (token.StartsWith('-'))
                return NoSuchOption(parsed.CommandResult, token);
            return command is RootCommand && Spelling.Hint(token, command.Subcommands.Select(known => known.Name)).Length == 0
                ? $"there is no command '{token}', actors run runs a machine and actors --help says more"
                : command.Subcommands.Count > 0
                    ? $"there is no command '{(command is RootCommand ? token : $"{path} {token}")}'{Spelling.Hint(token, command.Subcommands.Select(known => known.Name))} ({path} --help lists them)"
                    : command.Arguments.Count > 0
                        ? $"'{token}' is one argument too many ({path} --help says more)"
                        : $"'{token}' stands where an option should ({path} --help lists them)";
        }

        foreach (var option in parsed.CommandResult.Children.OfType<OptionResult>())
        {
            if (option is { IdentifierTokenCount: > 1, Option.Arity.MaximumNumberOfValues: <= 1 })
                return $"{option.Option.Name} is given {option.IdentifierTokenCount} times, write it once";
        }

        if (command.Subcommands.Count > 0)
        {
            return command is RootCommand
                ? "no command is given, actors run runs a machine and actors --help says more"
                : $"{path} needs a command: {string.Join(", ", command.Subcommands.Select(known => known.Name))}";
        }

        var missing = command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 });
        if (command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is null or { Implicit: true }) is { Required: true } left)
            return $"{path} needs {left.Name} {left.HelpName} ({path} --help says more)";
        return missing is not null
            ? $"{path} needs {missing.Name} ({path} --help says more)"
            : parsed.Errors[0].Message.TrimEnd('.').Replace("Required argument missing for option: ", "a value is missing after ", StringComparison.Ordinal);
    }

    /// <summary>An option that doesn't exist and was taken for an argument (FILE, PLAN). Behind <c>--</c> everything is one.</summary>
    private static string? StrayOption(ParseResult parsed, IReadOnlyList<string> arguments) => arguments.Contains("--") ? null : parsed.CommandResult.Children
        .OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens)
        .Select(token => token.Value)
        .FirstOrDefault(token => token.StartsWith("--", StringComparison.Ordinal));

    private static string NoSuchOption(CommandResult result, string token) =>
        $"there is no option '{token}'{Spelling.Hint(token.Split('=')[0], result.Command.Options.Select(option => option.Name))} ({PathOf(result)} --help lists them)";

    private static string PathOf(CommandResult result) =>
        result.Command is RootCommand ? "actors" : result.Parent is CommandResult parent ? $"{PathOf(parent)} {result.Command.Name}" : result.Command.Name;
}
