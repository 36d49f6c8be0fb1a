using Actors.DeviceModel;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Simulation;

/// <content>What a hostile guest does to registers, beside what it does for its living.</content>
internal sealed partial class FaultPlane
{
    private const int MaxConfigChanges = 1024;

    private readonly List<RuleState> _accessRules = [];
    private readonly List<(RuleState Rule, FaultFiring Firing, ulong Source, uint Data)> _loseNext = [];

    private static bool ConcernsAccess(RuleState rule, DeviceHop.Access access) => rule.Verb switch
    {
        FaultVerb.TornRead or FaultVerb.ConfigChange => !access.Io.IsWrite && IsDeviceConfig(access),
        _ => true,
    };

    private static bool IsDeviceConfig(DeviceHop.Access access) => access.Bar switch
    {
        VirtioPciSpec.ModernBar => access.Offset is >= VirtioPciSpec.DeviceOffset and < VirtioPciSpec.NotifyOffset or VirtioPciSpec.ConfigGeneration,
        VirtioPciSpec.LegacyBar => access.Offset >= VirtioPciSpec.LegacyDeviceConfig,
        _ => false,
    };

    private void AtAccess(IActorRef to, DeviceHop.Access access, in MessageFacts facts)
    {
        foreach (var rule in _accessRules)
        {
            if (!rule.Target.Fits(facts.What) || !ConcernsAccess(rule, access))
                continue;
            if (!Fires(rule, _world.NumberOf(to), out var firing))
                continue;
            var device = DeviceOf(to, to);
            Misbehave(rule, firing, device);

            // A change of the configuration counts when a guest reads it, a stray access when the device has done it.
            if (rule.Verb is FaultVerb.TornRead or FaultVerb.ConfigChange)
                device.Unread.Add((rule, firing));
            else
                device.Undone.Add((device.Stray, rule, firing));
        }
    }

    private void Misbehave(RuleState rule, in FaultFiring firing, DeviceWatch device)
    {
        switch (rule.Verb)
        {
            case FaultVerb.Kick:
                Kick(device, (int)firing.A);
                break;
            case FaultVerb.TornRead:
                Resize(device, 1, (int)firing.A, firing.B);
                break;
            case FaultVerb.ConfigChange:
                Resize(device, (int)Math.Clamp(firing.A, 1, MaxConfigChanges), (int)firing.B, firing.Occurrence);
                break;
            case FaultVerb.Garbage:
                Garbage(device, rule.Parameters.Choice("field"), (ulong)firing.A, firing.B);
                break;
            case FaultVerb.Renegotiate:
                Renegotiate(device, (uint)firing.A);
                break;
            case FaultVerb.QueueReset:
                Select(device, (int)firing.A);
                Common(device, VirtioPciSpec.QueueReset, 2, 1);
                Common(device, VirtioPciSpec.QueueSize, 2, SizeOf(rule.Parameters.Choice("size"), device.Queue((int)firing.A)?.Size ?? VirtioConsoleSpec.QueueSize));
                Common(device, VirtioPciSpec.QueueEnable, 2, 1);
                break;
            case FaultVerb.QueueDisable:
                Select(device, (int)firing.A);
                if (device.IsLegacy)
                    Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyQueuePfn, 4, 0);
                else
                    Common(device, VirtioPciSpec.QueueEnable, 2, 0);
                break;
            case FaultVerb.DeviceReset:
                Status(device, 0);
                break;
            case FaultVerb.Reinit:
                Status(device, VirtioSpec.StatusAcknowledge);
                Status(device, VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver);
                Renegotiate(device, 0);
                Status(device, VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver | VirtioSpec.StatusFeaturesOk);
                Status(device, VirtioSpec.StatusAcknowledge | VirtioSpec.StatusDriver | VirtioSpec.StatusFeaturesOk | VirtioSpec.StatusDriverOk);
                break;
        }
    }

    private static ulong SizeOf(int choice, int size) => choice switch
    {
        0 => (ulong)Math.Max(1, size / 2),
        1 => (ulong)size,
        2 => 1,
        3 => (ulong)VirtioSpec.MaxQueueSize * 2 - 1,
        _ => 0,
    };

    private void Garbage(DeviceWatch device, int field, ulong value, long random)
    {
        const int fields = 8;
        switch (field == 0 ? 1 + (int)(random % fields) : field)
        {
            case 1:
                Select(device, (int)(value | 0x80));
                break;
            case 2:
                Common(device, VirtioPciSpec.QueueSize, 2, value);
                break;
            case 3:
                Renegotiate(device, (uint)value);
                break;
            case 4:
                Write(device, device.IsLegacy ? VirtioPciSpec.LegacyBar : VirtioPciSpec.ModernBar, device.IsLegacy ? VirtioPciSpec.LegacyHostFeatures : VirtioPciSpec.DeviceFeature, 4, value);
                break;
            case 5:
                if (device.IsLegacy)
                    Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyQueuePfn, 4, value);
                else
                    Common(device, VirtioPciSpec.QueueDriver, 8, value << 20);
                break;
            case 6:
                if (device.IsLegacy)
                    Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyQueueVector, 2, value);
                else
                    Common(device, VirtioPciSpec.QueueMsixVector, 2, value);
                break;
            case 7:
                if (device.IsLegacy)
                    Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyDeviceConfigMsix, 4, value);
                else
                    Write(device, VirtioPciSpec.ModernBar, VirtioPciSpec.DeviceOffset, 4, value);
                break;
            default:
                // Not where BARs are: those who route by them hear of a move by the answer, and nobody waits for this one's.
                Write(device, DeviceHop.Configuration, PciSpec.VendorId, 4, value);
                break;
        }
    }

    private void Renegotiate(DeviceWatch device, uint features)
    {
        if (device.IsLegacy)
        {
            Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyGuestFeatures, 4, features);
            return;
        }

        Common(device, VirtioPciSpec.DriverFeatureSelect, 4, 0);
        Common(device, VirtioPciSpec.DriverFeature, 4, features);
    }

    private void Select(DeviceWatch device, int queue)
    {
        if (device.IsLegacy)
            Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyQueueSelect, 2, (ulong)queue);
        else
            Common(device, VirtioPciSpec.QueueSelect, 2, (ulong)queue);
    }

    private void Status(DeviceWatch device, byte status)
    {
        if (device.IsLegacy)
            Write(device, VirtioPciSpec.LegacyBar, VirtioPciSpec.LegacyStatus, 1, status);
        else
            Common(device, VirtioPciSpec.DeviceStatus, 1, status);
    }

    private void Common(DeviceWatch device, int offset, int size, ulong value) =>
        Write(device, VirtioPciSpec.ModernBar, VirtioPciSpec.CommonOffset + offset, size, value);

    /// <summary>The terminal at a port's backend has another size, again and again: each is a change of the configuration.</summary>
    private void Resize(DeviceWatch device, int count, int port, long first)
    {
        // A plan may name a port that this device doesn't have: then there is nothing to change.
        var name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"port-{port}");
        if (!_world.Actors.Any(actor => !actor.IsOver && actor.Reference.Path.Name == name && actor.Reference.Path.Parent.Equals(device.Actor.Path)))
            return;
        for (var i = 0; i < count; i++)
        {
            var size = new PortHop.Sized(port, (ushort)(40 + ((first + i) % 200)), (ushort)(10 + ((first + i) % 90)));
            if (port == 0)
                device.Resized = size.Cols | ((uint)size.Rows << 16);
            _world.Deliver(LinkSite.PortEvent, device.Actor, size, device.Actor, isLate: true);
        }
    }

    /// <summary>Masks the vector of an interrupt, unmasks it later, and loses what comes of that.</summary>
    private void LosePending(RuleState rule, in FaultFiring firing, in Passing passing)
    {
        var msi = (InterruptHop.InjectMsi)passing.Message;
        if (FindDevice(msi.Vm.Value, (int)msi.Source) is not { } device || device.ControlOf(msi.Data) is not (>= 0 and var control))
            return;
        var loss = firing;
        Write(device, VirtioPciSpec.MsixBar, control, 4, PciSpec.MsixEntryMasked);
        var fault = Open(rule, firing, firing.A, null);
        fault.Repair = () =>
        {
            Write(device, VirtioPciSpec.MsixBar, control, 4, 0);
            if (!_isHealing)
                _loseNext.Add((rule, loss, msi.Source, msi.Data));
        };
    }

    /// <summary>Whether an interrupt is the one that became pending while it was masked, and so is lost.</summary>
    private bool IsLostPending(LinkSeam seam, object message, IActorRef to, in MessageFacts facts)
    {
        if (message is not InterruptHop.InjectMsi msi)
            return false;
        for (var i = 0; i < _loseNext.Count; i++)
        {
            var (rule, firing, source, data) = _loseNext[i];
            if (source != msi.Source || data != msi.Data)
                continue;
            _loseNext.RemoveAt(i);
            Lose(seam, rule, firing, facts);
            Effect(rule, firing, _world.NumberOf(to));
            return true;
        }

        return false;
    }
}
