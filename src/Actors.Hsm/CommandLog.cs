using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>The last results of commands, so that a command that comes again gets the same result and does nothing.</summary>
internal sealed class CommandLog
{
    private readonly (ControlHop.VmCommand Command, ControlHop.VmCommandResult Result)[] _finished = new (ControlHop.VmCommand, ControlHop.VmCommandResult)[HsmSpec.RememberedCommands];
    private int _next;

    public void Add(ControlHop.VmCommand command, ControlHop.VmCommandResult result)
    {
        _finished[_next] = (command, result);
        _next = (_next + 1) % _finished.Length;
    }

    /// <summary>The result of this very command, or null.</summary>
    public ControlHop.VmCommandResult? Find(ControlHop.VmCommand command)
    {
        foreach (var (known, result) in _finished)
        {
            if (known is not null && known.Id == command.Id && known.Command == command.Command && known.Argument == command.Argument)
                return result;
        }

        return null;
    }
}
