namespace Actors.Hypervisor;

/// <summary>One 8259A: ICW1-ICW4, OCW1-OCW3, priorities with rotation, special mask, automatic EOI, poll, and the edge/level register beside it.</summary>
internal sealed class Pic8259(byte levelMask)
{
    private byte _lines;
    private byte _request;
    private byte _mask;
    private byte _service;
    private byte _level;
    private byte _base;
    private byte _lowest = 7;
    private byte _step;
    private bool _needsIcw4;
    private bool _single;
    private bool _ready;
    private bool _autoEnd;
    private bool _rotateOnAutoEnd;
    private bool _specialMask;
    private bool _specialNested;
    private bool _readService;
    private bool _poll;

    /// <summary>The line that asks for service above what is in service, or -1.</summary>
    public int Pending
    {
        get
        {
            if (!_ready)
                return -1;

            var asking = Ordered((byte)(_request & ~_mask));
            if (asking == 8)
                return -1;

            var blocking = _service;
            if (_specialMask)
                blocking &= (byte)~_mask;

            // Special fully nested: a secondary in service doesn't keep its own further lines out.
            if (_specialNested && levelMask == PicPair.PrimaryLevelMask)
                blocking &= unchecked((byte)~(1 << PicPair.CascadeLine));

            return asking < Ordered(blocking) ? LineAt(asking) : -1;
        }
    }

    /// <summary>Edge/level control: a set bit is a level-triggered line.</summary>
    public byte Level
    {
        get => _level;
        set => _level = (byte)(value & levelMask);
    }

    /// <summary>Sets an input.</summary>
    public void SetLine(int line, bool high)
    {
        var bit = (byte)(1 << line);
        var was = (_lines & bit) != 0;
        _lines = high ? (byte)(_lines | bit) : (byte)(_lines & ~bit);
        if ((_level & bit) != 0)
            _request = high ? (byte)(_request | bit) : (byte)(_request & ~bit);
        else if (high && !was)
            _request |= bit;
        else if (!high)
            _request &= (byte)~bit;
    }

    /// <summary>The vector of a line.</summary>
    public byte VectorOf(int line) => (byte)(_base + line);

    /// <summary>The first half of INTA: a line is offered to the processor, and what latched its edge is free for the next. Returns its vector.</summary>
    public byte Offer(int line)
    {
        var bit = (byte)(1 << line);
        if ((_level & bit) == 0)
            _request &= (byte)~bit;

        return VectorOf(line);
    }

    /// <summary>The second half of INTA: the processor took what was offered, so the line is in service.</summary>
    public void Take(int line)
    {
        if (!_autoEnd)
            _service |= (byte)(1 << line);
        else if (_rotateOnAutoEnd)
            _lowest = (byte)line;
    }

    /// <summary>The processor takes a line: IRR to ISR. Returns its vector.</summary>
    public byte Acknowledge(int line)
    {
        Take(line);
        return Offer(line);
    }

    /// <summary>Reads the command port (even) or the data port (odd).</summary>
    public byte Read(bool data)
    {
        if (_poll)
        {
            _poll = false;
            var line = Pending;
            if (line < 0)
                return 0;

            Acknowledge(line);
            return (byte)(0x80 | line);
        }

        if (data)
            return _mask;

        return _readService ? _service : _request;
    }

    /// <summary>Writes the command port (even) or the data port (odd).</summary>
    public void Write(bool data, byte value)
    {
        if (data)
            WriteData(value);
        else if ((value & 0x10) != 0)
            Initialize(value);
        else if ((value & 0x08) != 0)
            Command3(value);
        else
            Command2(value);
    }

    /// <summary>Back to power-on: silent until initialised. Inputs go low.</summary>
    public void Reset()
    {
        _lines = _request = _mask = _service = _level = _base = _step = 0;
        _lowest = 7;
        _needsIcw4 = _single = _ready = _autoEnd = _rotateOnAutoEnd = _specialMask = _specialNested = _readService = _poll = false;
    }

    private void Initialize(byte icw1)
    {
        // Edge sense is cleared: a line that is high must fall and rise again. Level lines ask on.
        _request = (byte)(_lines & _level);
        _mask = 0;
        _service = 0;
        _lowest = 7;
        _needsIcw4 = (icw1 & 1) != 0;
        _single = (icw1 & 2) != 0;
        _autoEnd = _rotateOnAutoEnd = _specialMask = _specialNested = _readService = _poll = false;
        _ready = false;
        _step = 2;
    }

    private void WriteData(byte value)
    {
        switch (_step)
        {
            case 2:
                _base = (byte)(value & 0xF8);
                Next(_single ? 4 : 3);
                return;
            case 3:
                // How the pair is wired is fixed: line 2.
                Next(4);
                return;
            case 4:
                _specialNested = (value & 0x10) != 0;
                _autoEnd = (value & 0x02) != 0;
                Next(5);
                return;
            default:
                _mask = value;
                return;
        }
    }

    private void Next(int step)
    {
        if (step == 4 && !_needsIcw4)
            step = 5;

        _step = step == 5 ? (byte)0 : (byte)step;
        _ready = step == 5;
    }

    private void Command2(byte value)
    {
        var level = value & 7;
        switch (value >> 5)
        {
            case 0:
                _rotateOnAutoEnd = false;
                break;
            case 4:
                _rotateOnAutoEnd = true;
                break;
            case 1:
            case 5:
                var highest = Ordered(_service);
                if (highest == 8)
                    break;

                var line = LineAt(highest);
                _service &= (byte)~(1 << line);
                if (value >> 5 == 5)
                    _lowest = (byte)line;
                break;
            case 3:
                _service &= (byte)~(1 << level);
                break;
            case 6:
                _lowest = (byte)level;
                break;
            case 7:
                _service &= (byte)~(1 << level);
                _lowest = (byte)level;
                break;
            default:
                break;
        }
    }

    private void Command3(byte value)
    {
        if ((value & 0x04) != 0)
            _poll = true;
        if ((value & 0x02) != 0)
            _readService = (value & 0x01) != 0;
        if ((value & 0x40) != 0)
            _specialMask = (value & 0x20) != 0;
    }

    /// <summary>Place of the most important of some lines in today's order: 0 is the highest, 8 says that there is none.</summary>
    private int Ordered(byte lines)
    {
        for (var place = 0; place < 8; place++)
        {
            if ((lines & (1 << LineAt(place))) != 0)
                return place;
        }

        return 8;
    }

    private int LineAt(int place) => (_lowest + 1 + place) & 7;
}
