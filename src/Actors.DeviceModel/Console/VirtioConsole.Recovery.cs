namespace Actors.DeviceModel;

/// <content>What a crash must not lose, and how it comes back.</content>
internal sealed partial class VirtioConsole
{
    private int _incarnation;
    private uint _touched = uint.MaxValue;
    private uint _transmitDue;
    private uint _receiveDue;
    private bool _isControlDue;
    private bool _isControlOutDue;
    private bool _isDeferring;

    /// <summary>True when every port has said that it is in the epoch of now: nothing of an earlier one will come to a backend.</summary>
    public override bool IsFenced
    {
        get
        {
            foreach (var port in _ports)
            {
                if (port.IsForgotten || port.EpochSeen < port.Epoch)
                    return false;
            }

            return true;
        }
    }

    /// <summary>Bytes of output of chains that were begun, and not sent to their ports.</summary>
    public override long InHand
    {
        get
        {
            var bytes = 0L;
            foreach (var port in _ports)
                bytes += (long)Math.Min(port.Transmit.Current?.ReadableLeft ?? 0, (ulong)WindowBytes);
            return bytes;
        }
    }

    /// <summary>
    /// From here to <see cref="RunDue"/> queues are not processed, only noted. So what a register write changes can be recorded as a whole before the first
    /// chain that it makes available is.
    /// </summary>
    public override void Defer() => _isDeferring = true;

    /// <summary>Processes the queues that are due.</summary>
    public override void RunDue()
    {
        _isDeferring = false;
        while ((_transmitDue | _receiveDue) != 0 || _isControlDue || _isControlOutDue)
        {
            var transmit = _transmitDue;
            var receive = _receiveDue;
            var control = _isControlDue;
            _transmitDue = 0;
            _receiveDue = 0;
            _isControlDue = false;
            _isControlOutDue = false;
            foreach (var port in _ports)
            {
                if ((transmit & (1u << port.Index)) != 0)
                    PumpTransmit(port);
                if ((receive & (1u << port.Index)) != 0)
                    PumpReceive(port);
            }

            if (!IsMultiport)
                continue;
            if (control)
                ReceiveControl();
            SendControl();
        }
    }

    /// <summary>A chain of this queue was used: writes what changes with it.</summary>
    public override void CaptureUsed(DeviceRecord record, int queue)
    {
        if (queue is Protocol.VirtioConsoleSpec.ControlReceive or Protocol.VirtioConsoleSpec.ControlTransmit)
            _touched = uint.MaxValue;
        else
            Touch(queue < 2 ? 0 : (queue - 2) / 2);
        Capture(record);
    }

    /// <summary>Writes everything that changed since the last call into the record.</summary>
    public override void Capture(DeviceRecord record)
    {
        var touched = _touched;
        _touched = 0;
        if (touched == 0)
            return;
        var console = record.Console;
        console.IsGuestReady = _isGuestReady;
        console.Cols = _cols;
        console.Rows = _rows;
        console.EmergencyTaken = _emergencyTaken;
        console.EmergencyDropped = EmergencyDropped;
        if (console.EmergencySent != _emergencySent)
        {
            console.EmergencySent = _emergencySent;
            if (console.Emergency.Length == 0)
                console.Emergency = new byte[EmergencyWindow];
            _emergency!.CopyTo(console.Emergency, 0);
        }

        for (var i = 0; i < _ports.Length; i++)
        {
            if ((touched & (1u << i)) != 0)
                Capture(_ports[i], out record.Ports[i]);
        }
    }

    /// <summary>
    /// Takes a fresh device to where the record says it was, without effects. Ports are attached when they have answered. False when the record can't be
    /// of such a device.
    /// </summary>
    public override bool TryRestore(DeviceRecord record)
    {
        var console = record.Console;
        if (record.Ports.Length != _ports.Length || console.Emergency.Length is not (0 or EmergencyWindow)
            || console.EmergencyTaken < 0 || console.EmergencySent < console.EmergencyTaken || console.EmergencySent - console.EmergencyTaken > EmergencyWindow
            || (console.EmergencySent > 0 && console.Emergency.Length == 0))
            return false;
        _incarnation = record.Incarnation;
        _isGuestReady = console.IsGuestReady;
        _cols = console.Cols;
        _rows = console.Rows;
        _emergencySent = console.EmergencySent;
        _emergencyTaken = console.EmergencyTaken;
        EmergencyDropped = console.EmergencyDropped;
        _emergency = console.Emergency.Length == 0 ? null : [.. console.Emergency];
        for (var i = 0; i < _ports.Length; i++)
        {
            if (!TryRestore(_ports[i], record.Ports[i]))
                return false;
        }

        return true;
    }

    /// <summary>Tells every port that a new incarnation is here.</summary>
    public override void Recover()
    {
        foreach (var port in _ports)
            SendResume(port);
    }

    private static void Capture(ConsolePort port, out PortRecord record) => record = new PortRecord(
        port.IsPlugged, port.IsHostOpen, port.IsOver, port.IsAnnounced, port.IsGuestReady, port.IsGuestOpen, port.Size is not null,
        port.Size.GetValueOrDefault().Cols, port.Size.GetValueOrDefault().Rows, port.Pending, port.Epoch, port.OpenChange,
        port.Transmit.SentToNobody, port.Transmit.Completed, port.Receive.Delivered, port.Receive.Grant, port.IsForgotten,
        port.Transmit.Reached, port.Receive.Granted, port.CountsEpoch, port.Counts);

    private static bool TryRestore(ConsolePort port, in PortRecord record)
    {
        const ControlEvents All = ControlEvents.Remove | ControlEvents.Add | ControlEvents.Console | ControlEvents.Name | ControlEvents.Open | ControlEvents.Resize;
        if ((record.Pending & ~All) != 0 || record.Transmitted < 0 || record.Delivered < 0 || record.SentToNobody < 0 || (record.Epoch == 0 && !record.IsForgotten)
            || ((record.Pending & ControlEvents.Resize) != 0 && !record.HasSize))
            return false;
        port.IsPlugged = record.IsPlugged;
        port.IsHostOpen = record.IsHostOpen;
        port.IsOver = record.IsOver;
        port.IsAnnounced = record.IsAnnounced;
        port.IsGuestReady = record.IsGuestReady;
        port.IsGuestOpen = record.IsGuestOpen;
        port.Size = record.HasSize ? (record.Cols, record.Rows) : null;
        port.Pending = record.Pending;
        port.Epoch = record.Epoch;
        port.OpenChange = record.OpenChange;
        port.Transmit.Restore(record.Transmitted, record.SentToNobody, record.Sent);
        port.Receive.Restore(record.Delivered, record.Grant);
        port.IsAttached = false;
        port.IsForgotten = record.IsForgotten;
        port.Counts = record.Counts;
        port.CountsEpoch = record.CountsEpoch;
        port.EpochSeen = 0;
        return true;
    }

    /// <summary>The port has answered: its counters are the beginning of what both go on with.</summary>
    private void Attach(ConsolePort port, PortHop.Status status)
    {
        port.IsAttached = true;
        port.Unanswered = 0;
        port.Lives = status.Lives;
        if (port.IsForgotten)
            Remember(port, status);
        port.Receive.Adopt(status.Grant);
        for (var number = _emergencyTaken + 1; port.Index == 0 && number <= _emergencySent; number++)
            _actors.Send(0, new PortHop.Emergency(number, _emergency![number % EmergencyWindow], _incarnation));

        // Says the epoch, which may have begun meanwhile, and gives what credit there is.
        TakeReceiveChains(port);
        Grant(port, again: false);
    }

    /// <summary>The port is in an epoch that nothing was sent in yet, and knows all else that a record would have said of it.</summary>
    private void Remember(ConsolePort port, PortHop.Status status)
    {
        port.IsForgotten = false;
        port.Epoch = status.Epoch;
        port.Transmit.Restore(0, port.Transmit.SentToNobody);
        port.Receive.Restore(status.Delivered, status.Grant);
        if (port.Index != 0 || status.EmergencyTaken == 0)
            return;
        _emergency ??= new byte[EmergencyWindow];
        _emergencySent = _emergencyTaken = status.EmergencyTaken;
    }

    private void SendResume(ConsolePort port)
    {
        _actors.Watch();
        if (port.Unanswered == MaxUnanswered)
            return;
        port.Unanswered++;
        _actors.Send(port.Index, new PortHop.Resume(_incarnation, port.Epoch, port.Receive.Delivered, port.OpenChange, port.IsForgotten));
    }

    private void Touch(int port) => _touched |= 1u << port;

    private void TouchAll() => _touched = uint.MaxValue;
}
