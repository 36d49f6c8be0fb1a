using Actors.Protocol;

namespace Actors.Hsm;

/// <content>Commands of the device model, and what they do to epoch and life.</content>
internal sealed partial class HsmVm
{
    /// <summary>A command of the device model.</summary>
    public void OnCommand(ControlHop.VmCommand command, object requester)
    {
        if (_commands.Find(command) is { } known)
        {
            _effects.AnswerCommand(requester, known);
            return;
        }

        if (_command is not null)
        {
            bool repeated = _command.Id == command.Id && _command.Command == command.Command;
            if (!repeated)
                _effects.AnswerCommand(requester, new ControlHop.VmCommandResult(command.Id, _vm, command.Command, Epoch, Errno.Busy));
            else if (IsForHypervisor(command.Command))
                _effects.PassCommandOn(command);
            else
                _effects.StartClearingTimer();
            return;
        }

        if (IsGone)
        {
            _effects.AnswerCommand(requester, new ControlHop.VmCommandResult(command.Id, _vm, command.Command, Epoch, Errno.NoDevice));
            return;
        }

        _command = command;
        _commander = requester;
        switch (command.Command)
        {
            case VmCommandKind.CreateDefaultClient:
                FinishCommand(CreateDefaultClient(requester));
                break;
            case VmCommandKind.DestroyDefaultClient:
                _dispatcher.DestroyDefaultClient();
                FinishCommand(Errno.Ok);
                break;
            case VmCommandKind.ClearIoRequests:
                if (_dispatcher.Clear())
                    FinishCommand(Errno.Ok);
                else
                    _effects.StartClearingTimer();
                break;
            default:
                _effects.PassCommandOn(command);
                break;
        }
    }

    /// <summary>The hypervisor's answer to a command that was passed on.</summary>
    public void OnCommandResult(ControlHop.VmCommandResult result)
    {
        if (_command is null || _command.Id != result.Id || _command.Command != result.Command)
        {
            Counters.StaleAnswers++;
            return;
        }

        if (result.Result == Errno.Ok && result.Command == VmCommandKind.Destroy)
            End();
        else if (result.Epoch > Epoch)
            BeginEpoch(result.Epoch);
        FinishCommand(result);
    }

    /// <summary>The hypervisor's VM actor is gone. If a destroy was on its way, it has happened and only its answer was lost.</summary>
    public void OnHypervisorGone()
    {
        if (_command is { Command: VmCommandKind.Destroy })
        {
            End();
            FinishCommand(Errno.Ok);
        }
    }

    /// <summary>The budget of a clear is used up.</summary>
    public void OnClearingExpired()
    {
        if (!_dispatcher.Clearing)
            return;

        _dispatcher.ExpireClearing();
        FinishCommand(Errno.Ok);
    }

    private static bool IsForHypervisor(VmCommandKind kind) =>
        kind is not (VmCommandKind.ClearIoRequests or VmCommandKind.CreateDefaultClient or VmCommandKind.DestroyDefaultClient);

    private Errno CreateDefaultClient(object server)
    {
        var result = _clients.CreateDefault(server);
        if (result == Errno.Ok)
            _trace?.Record(new PathStep(PathHop.ClientCreate, _vm, -1, 0, default, Name: HsmSpec.DefaultClientName));
        return result;
    }

    /// <summary>
    /// A reset. Slots are FREE; registrations stay, as ACRN's do, until the device model takes them back, and speak with the new epoch. Signals that nobody
    /// heard are the old epoch's and are forgotten. The hypervisor may have emptied its asyncio table: what was there is asserted again.
    /// </summary>
    private void BeginEpoch(uint epoch)
    {
        _dispatcher.BeginEpoch(epoch);
        _drain = default;
        for (int i = 0; i < _ioeventfds.DoorbellCount; i++)
            _ioeventfds.DoorbellAt(i).Forget();

        _asyncio.BeginEpoch();
        for (int i = 0; i < _ioeventfds.Count; i++)
        {
            ref IoeventfdEntry entry = ref _ioeventfds[i];
            if (entry.Asyncio == AsyncioState.Held)
                _asyncio.Add(assign: true, entry.Descriptor, entry.Order, requester: null, requestId: 0);
        }

        SendFirstAsyncio();
    }

    /// <summary>The VM is gone: nothing is left to serve, and who still waits for a registration hears so.</summary>
    private void End()
    {
        IsGone = true;
        _awaitsPage = _awaitsRegistrations = false;
        _dispatcher.BeginEpoch(Epoch);
        _clients.RemoveDefault();
        _ioeventfds.Clear();
        _irqfds.Clear();
        while (_asyncio.TryTake(out var operation))
        {
            if (operation.Requester is { } requester)
                _effects.AnswerRegistration(requester, Epoch, operation.RequestId, Errno.NoDevice);
        }
    }

    private void FinishCommand(Errno result) =>
        FinishCommand(new ControlHop.VmCommandResult(_command!.Id, _vm, _command.Command, Epoch, result));

    private void FinishCommand(ControlHop.VmCommandResult result)
    {
        var commander = _commander!;
        _commands.Add(_command!, result);
        _command = null;
        _commander = null;
        _effects.AnswerCommand(commander, result);
    }
}
