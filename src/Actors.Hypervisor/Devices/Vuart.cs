namespace Actors.Hypervisor;

/// <summary>
/// 16550 UART inside the hypervisor: eight ports from its base, line GSI 4.
/// <para>There: RBR/THR, IER, IIR, FCR, LCR, MCR with loopback, LSR, MSR, SCR, divisor latch; receive FIFO of 16 bytes (1 when FIFOs are off), overrun;
/// interrupts for line status, received data, transmitter empty, modem status.</para>
/// <para>The transmitter is always empty: a byte is out when it is written, and the last 4 KiB are kept for who looks. Line parameters and trigger level are stored only; no
/// receive timeout of its own: data raises its interrupt at once. Accesses of more than a byte touch the first port; other bytes of a read are ones.</para>
/// </summary>
internal sealed class Vuart : IPortHandler
{
    /// <summary>Ports of a UART.</summary>
    public const int Ports = 8;

    /// <summary>COM1's interrupt.</summary>
    public const int Gsi = 4;

    /// <summary>Output bytes kept.</summary>
    public const int KeptOutput = 4096;

    private const int FifoSize = 16;

    private const byte DivisorAccess = 0x80;
    private const byte Loopback = 0x10;
    private const byte FifoEnable = 0x01;

    private const byte LineData = 0x01;
    private const byte LineOverrun = 0x02;
    private const byte LineErrors = 0x1E;
    private const byte LineTransmitterEmpty = 0x60;

    private const byte EnableData = 0x01;
    private const byte EnableTransmitter = 0x02;
    private const byte EnableLine = 0x04;
    private const byte EnableModem = 0x08;

    private const byte ModemInputs = 0xB0; // CTS, DSR, DCD: somebody is at the other end

    private readonly Action<bool> _line;
    private byte[]? _output;
    private int _outputCount;
    private readonly byte[] _received = new byte[FifoSize];
    private int _receivedFirst;
    private int _receivedCount;
    private ushort _divisor = 1;
    private byte _enable;
    private byte _fifo;
    private byte _lineControl;
    private byte _modemControl;
    private byte _lineStatus = LineTransmitterEmpty;
    private byte _modemStatus = ModemInputs;
    private byte _scratch;
    private bool _transmitterAsks;
    private bool _raised;

    /// <summary>A UART whose interrupt drives a line.</summary>
    public Vuart(Action<bool> line) => _line = line;

    /// <inheritdoc/>
    public string Name => "vuart";

    /// <summary>Bytes that the guest sent, ever.</summary>
    public long Sent { get; private set; }

    /// <summary>The last output, oldest first; at most <see cref="KeptOutput"/> bytes.</summary>
    public byte[] Output()
    {
        if (_output is null)
            return [];

        var first = _outputCount <= KeptOutput ? 0 : _outputCount % KeptOutput;
        var kept = Math.Min(_outputCount, KeptOutput);
        var copy = new byte[kept];
        for (var i = 0; i < kept; i++)
            copy[i] = _output[(first + i) % _output.Length];

        return copy;
    }

    /// <summary>Bytes arrive from outside. Returns how many fitted; the guest sees no overrun for the others, as they were not sent.</summary>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Min(bytes.Length, Capacity - _receivedCount);
        if (room <= 0)
            return 0;

        for (var i = 0; i < room; i++)
            Push(bytes[i]);

        Update();
        return room;
    }

    /// <summary>Back to power-on; kept output stays.</summary>
    public void Reset()
    {
        _receivedFirst = _receivedCount = 0;
        _divisor = 1;
        _enable = _fifo = _lineControl = _modemControl = _scratch = 0;
        _lineStatus = LineTransmitterEmpty;
        _modemStatus = ModemInputs;
        _transmitterAsks = false;
        Update();
    }

    /// <inheritdoc/>
    public EmulationResult Read(ushort port, int size, out uint value)
    {
        value = 0xFFFF_FF00 | ReadRegister(port & 7);
        Update();
        return EmulationResult.Done;
    }

    /// <inheritdoc/>
    public EmulationResult Write(ushort port, int size, uint value)
    {
        WriteRegister(port & 7, (byte)value);
        Update();
        return EmulationResult.Done;
    }

    private bool IsDivisorAccess => (_lineControl & DivisorAccess) != 0;

    private int Capacity => (_fifo & FifoEnable) != 0 ? FifoSize : 1;

    private byte ReadRegister(int register)
    {
        switch (register)
        {
            case 0:
                return IsDivisorAccess ? (byte)_divisor : Pop();
            case 1:
                return IsDivisorAccess ? (byte)(_divisor >> 8) : _enable;
            case 2:
                var identification = Identification();
                if (identification == 0x02)
                    _transmitterAsks = false;
                return (byte)(identification | ((_fifo & FifoEnable) != 0 ? 0xC0 : 0));
            case 3:
                return _lineControl;
            case 4:
                return _modemControl;
            case 5:
                var status = _lineStatus;
                _lineStatus &= unchecked((byte)~LineErrors);
                return status;
            case 6:
                var modem = _modemStatus;
                _modemStatus &= 0xF0;
                return modem;
            default:
                return _scratch;
        }
    }

    private void WriteRegister(int register, byte value)
    {
        switch (register)
        {
            case 0 when IsDivisorAccess:
                _divisor = (ushort)((_divisor & 0xFF00) | value);
                break;
            case 0:
                Transmit(value);
                break;
            case 1 when IsDivisorAccess:
                _divisor = (ushort)((_divisor & 0x00FF) | (value << 8));
                break;
            case 1:
                // The transmitter is empty: to allow its interrupt is to get it.
                if ((value & ~_enable & EnableTransmitter) != 0)
                    _transmitterAsks = true;
                _enable = (byte)(value & 0x0F);
                break;
            case 2:
                WriteFifoControl(value);
                break;
            case 3:
                _lineControl = value;
                break;
            case 4:
                _modemControl = (byte)(value & 0x1F);
                UpdateModem();
                break;
            case 7:
                _scratch = value;
                break;
            default:
                break;
        }
    }

    private void WriteFifoControl(byte value)
    {
        var toggled = ((value ^ _fifo) & FifoEnable) != 0;
        _fifo = (value & FifoEnable) != 0 ? (byte)(value & 0xC9) : (byte)0;
        if (toggled || (value & 0x02) != 0)
        {
            _receivedFirst = _receivedCount = 0;
            _lineStatus &= unchecked((byte)~LineData);
        }

        if (toggled || (value & 0x04) != 0)
            _transmitterAsks = true;
    }

    private void Transmit(byte value)
    {
        if ((_modemControl & Loopback) != 0)
            Push(value);
        else
            Keep(value);

        _transmitterAsks = true;
    }

    private void Keep(byte value)
    {
        Sent++;

        // Most guests print a few lines or nothing.
        if (_output is null)
            _output = new byte[64];
        else if (_outputCount == _output.Length && _output.Length < KeptOutput)
            Array.Resize(ref _output, _output.Length * 2);

        _output[_outputCount % _output.Length] = value;
        _outputCount++;
        if (_outputCount == 2 * KeptOutput)
            _outputCount = KeptOutput;
    }

    private void Push(byte value)
    {
        if (_receivedCount >= Capacity)
        {
            _lineStatus |= LineOverrun;
            return;
        }

        _received[(_receivedFirst + _receivedCount) % FifoSize] = value;
        _receivedCount++;
        _lineStatus |= LineData;
    }

    private byte Pop()
    {
        if (_receivedCount == 0)
            return 0;

        var value = _received[_receivedFirst];
        _receivedFirst = (_receivedFirst + 1) % FifoSize;
        _receivedCount--;
        if (_receivedCount == 0)
            _lineStatus &= unchecked((byte)~LineData);

        return value;
    }

    /// <summary>In loopback the modem control outputs are the modem status inputs.</summary>
    private void UpdateModem()
    {
        var inputs = ModemInputs;
        if ((_modemControl & Loopback) != 0)
        {
            inputs = (byte)(((_modemControl & 0x02) << 3) // RTS to CTS
                | ((_modemControl & 0x01) << 5) // DTR to DSR
                | ((_modemControl & 0x04) << 4) // OUT1 to RI
                | ((_modemControl & 0x08) << 4)); // OUT2 to DCD
        }

        var changed = (_modemStatus ^ inputs) & 0xF0;
        var deltas = (changed & 0xB0) >> 4;

        // The ring indicator counts only when it goes away.
        if ((changed & 0x40) != 0 && (inputs & 0x40) == 0)
            deltas |= 0x04;

        _modemStatus = (byte)(inputs | (_modemStatus & 0x0F) | deltas);
    }

    private byte Identification()
    {
        if ((_enable & EnableLine) != 0 && (_lineStatus & LineErrors) != 0)
            return 0x06;
        if ((_enable & EnableData) != 0 && _receivedCount != 0)
            return 0x04;
        if ((_enable & EnableTransmitter) != 0 && _transmitterAsks)
            return 0x02;
        return (_enable & EnableModem) != 0 && (_modemStatus & 0x0F) != 0 ? (byte)0x00 : (byte)0x01;
    }

    private void Update()
    {
        var raise = Identification() != 0x01;
        if (raise == _raised)
            return;

        _raised = raise;
        _line(raise);
    }
}
