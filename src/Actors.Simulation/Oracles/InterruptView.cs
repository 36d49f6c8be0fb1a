using Actors.DeviceModel;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What oracles of interrupts share: knows of each device its MSI-X, its pin, and which messages it sends.</summary>
internal abstract class InterruptView : VirtioOracle
{
    private readonly List<DeviceInterrupts> _devices = [];

    /// <inheritdoc/>
    public override WorldInterest Interest => WorldInterest.Send | WorldInterest.Receive | WorldInterest.Life | WorldInterest.Step;

    /// <inheritdoc/>
    public override VirtioInterest Wants => VirtioInterest.Used | VirtioInterest.Register | VirtioInterest.Reset;

    /// <summary>Devices seen so far.</summary>
    protected IReadOnlyList<DeviceInterrupts> Devices => _devices;

    /// <inheritdoc/>
    public override void OnReceive(in Moment moment, in ReceiveEvent receive)
    {
        if (receive.Message is DeviceHop.Access { Bar: VirtioPciSpec.MsixBar } access && Model.DeviceOf(receive.Actor) is { } device)
            Of(device).Msix.TakeTable(access);
    }

    /// <inheritdoc/>
    public override void OnSend(in Moment moment, in SendEvent send)
    {
        if (send.IsLate)
            return;
        switch (send.Message)
        {
            case InterruptHop.InjectMsi msi when Model.DeviceOf(send.From) is { } device:
                var known = Of(device);
                if (msi.Epoch != known.Epoch)
                {
                    known.Epoch = msi.Epoch;
                    known.Sequence = 0;
                }

                if (msi.Sequence <= known.Sequence)
                    break;
                known.Sequence = msi.Sequence;
                Raised(moment, known, msi.Data, known.Msix.IsOfConfiguration(msi.Data));
                break;
            case DeviceHop.Intx pin when Model.DeviceOf(send.From) is { } device:
                var one = Of(device);
                if (one.IsPinHigh == pin.IsAsserted)
                    break;
                one.IsPinHigh = pin.IsAsserted;
                if (pin.IsAsserted)
                    Raised(moment, one, null, false);
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnRegister(in Moment moment, VirtioDeviceView device, in RegisterAccess access, VirtioQueueView selected) =>
        Of(device).Msix.Take(access, selected.Index);

    /// <inheritdoc/>
    public override void OnReset(in Moment moment, VirtioDeviceView device, VirtioQueueView? queue)
    {
        if (queue is not null)
            return;
        var known = Of(device);
        known.Resets++;
        if (device.IsBusMaster)
            known.Msix.ForgetVectors();
        else
            known.Msix.Reset();
    }

    /// <inheritdoc/>
    public override void OnLife(in Moment moment, in LifeStep step)
    {
        if (!ActorRole.RoomOf(step.Actor).StartsWith("device-model", StringComparison.Ordinal))
            return;
        foreach (var device in _devices)
        {
            if (device.View.Vm != step.Vm)
                continue;
            if (step.Change == LifeChange.Crashed)
                device.IsDown = true;
            else
                device.IsDown = false;
            if (step.Change == LifeChange.Restarted)
                device.Restarts++;
            Lived(moment, device, step.Change);
        }
    }

    /// <summary>A device raised an interrupt that it had not raised before.</summary>
    /// <param name="moment">When.</param>
    /// <param name="device">Who.</param>
    /// <param name="data">Data of the message; null: its pin went high.</param>
    /// <param name="isOfConfiguration">Whether it can only be about the configuration.</param>
    protected abstract void Raised(in Moment moment, DeviceInterrupts device, uint? data, bool isOfConfiguration);

    /// <summary>A device crashed or came back.</summary>
    protected virtual void Lived(in Moment moment, DeviceInterrupts device, LifeChange change)
    {
    }

    /// <summary>What is known of a device.</summary>
    protected DeviceInterrupts Of(VirtioDeviceView device)
    {
        foreach (var known in _devices)
        {
            if (known.View == device)
                return known;
        }

        var made = new DeviceInterrupts(device);
        _devices.Add(made);
        return made;
    }
}

/// <summary>The interrupts of a device.</summary>
internal sealed class DeviceInterrupts(VirtioDeviceView view)
{
    /// <summary>The device.</summary>
    public VirtioDeviceView View { get; } = view;

    /// <summary>Its MSI-X.</summary>
    public MsixView Msix { get; } = new();

    /// <summary>Epoch of its last message.</summary>
    public uint Epoch { get; set; }

    /// <summary>Number of its last message.</summary>
    public ulong Sequence { get; set; }

    /// <summary>Level of its pin.</summary>
    public bool IsPinHigh { get; set; }

    /// <summary>It crashed, and has not come back.</summary>
    public bool IsDown { get; set; }

    /// <summary>Resets.</summary>
    public int Resets { get; set; }

    /// <summary>Restarts.</summary>
    public int Restarts { get; set; }

    /// <summary>Interrupts without a used buffer since the one before.</summary>
    public long Extra { get; set; }

    /// <summary>Of each queue: buffers used since the last interrupt of its vector.</summary>
    public long[] Used { get; } = new long[40];

    /// <summary>Of each queue: since when an interrupt is owed, in ticks plus 1; 0: none is.</summary>
    public long[] Owed { get; } = new long[40];

    /// <summary>Of each queue, a bit: an interrupt is owed, and a mask holds it back.</summary>
    public ulong Held { get; set; }

    /// <summary>Of each queue: the used index at the last look.</summary>
    public ushort[] Looked { get; } = new ushort[40];

    /// <summary>Of each queue: whether the used index moved in this step.</summary>
    public ulong Moved { get; set; }

    /// <summary>Whether it raised an interrupt in this step.</summary>
    public bool HasRaised { get; set; }

    /// <summary>Of each queue: the driver's flags, or used_event.</summary>
    public ushort[] Flags { get; } = new ushort[40];

    /// <summary>Of each queue: used_event.</summary>
    public ushort[] Event { get; } = new ushort[40];
}
