using Actors.Protocol;

namespace Actors.Hsm;

/// <content>What a restarted HSM asks its neighbours for.</content>
internal sealed partial class HsmVm
{
    /// <summary>
    /// After a restart: asks the hypervisor for requests, and the device model for registrations. Requests are held until the page has come; a doorbell that is
    /// not registered again yet takes the slow path, through the default client, which is known from before.
    /// </summary>
    public void Rebuild(object? defaultServer)
    {
        if (defaultServer is not null)
            CreateDefaultClient(defaultServer);
        _wasRebuilt = true;
        _awaitsPage = true;
        _awaitsRegistrations = true;
        Ask();
        _retry.Need();
    }

    /// <summary>The hypervisor's answer to a restarted HSM.</summary>
    public void OnPageState(UpcallHop.PageState page)
    {
        if (!_awaitsPage || page.Incarnation != _incarnation || page.Epoch < Epoch || IsGone)
        {
            Counters.StaleAnswers++;
            return;
        }

        // The answer to a reset may have met the crash.
        if (page.Epoch > Epoch)
            BeginEpoch(page.Epoch);
        _awaitsPage = false;
        _dispatcher.RestorePciConfig(page.PciConfigAddress);
        Accept(page.Pending);
        _dispatcher.Scan();
    }

    /// <summary>The device model's answer to a restarted HSM.</summary>
    public void OnRegistrationsTold(DispatchHop.RegistrationsTold told)
    {
        if (_awaitsRegistrations && told.Incarnation == _incarnation)
            _awaitsRegistrations = false;
        else
            Counters.StaleAnswers++;
    }

    private void Ask()
    {
        _hasJustAsked = true;
        if (_awaitsPage)
            _effects.AskForPage(Epoch, _incarnation);
        if (_awaitsRegistrations)
            _effects.AskForRegistrations(Epoch, _incarnation);
    }
}
