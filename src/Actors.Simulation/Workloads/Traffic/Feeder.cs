namespace Actors.Simulation;

/// <summary>Someone outside who types: gives a port's stream to its backend, some bytes at a time.</summary>
internal sealed class Feeder
{
    /// <summary>Time after which a port that isn't open yet is looked at again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1);

    private readonly World _world;
    private readonly (int Vm, int Device, int Port) _port;
    private readonly TimeSpan _period;
    private readonly int _chunk;
    private readonly long _bytes;
    private long _position;
    private bool _ended;

    private Feeder(World world, (int Vm, int Device, int Port) port, long bytes, int chunk, TimeSpan period)
    {
        _world = world;
        _port = port;
        _bytes = bytes;
        _chunk = chunk;
        _period = period;
    }

    /// <summary>Whether the input's end is told after the last byte.</summary>
    public bool Ends { get; private init; }

    /// <summary>Begins to feed.</summary>
    /// <param name="world">The world.</param>
    /// <param name="port">Whose port.</param>
    /// <param name="bytes">Bytes in all.</param>
    /// <param name="chunk">Bytes at a time.</param>
    /// <param name="period">Time between.</param>
    /// <param name="ends">Whether the input's end is told after the last byte.</param>
    public static void Begin(World world, (int Vm, int Device, int Port) port, long bytes, int chunk, TimeSpan period, bool ends = false)
    {
        var feeder = new Feeder(world, port, bytes, chunk, period) { Ends = ends };
        world.At(Patience, feeder.Step);
    }

    private void Step()
    {
        if (_ended || _world.Ended.ContainsKey(_port.Vm) || _world.Refused.ContainsKey(_port.Vm))
            return;
        if (_world.Backends.Find(_port.Vm, _port.Device, _port.Port) is not { } backend)
        {
            _world.At(_world.Now + Patience, Step);
            return;
        }

        do
        {
            var bytes = new byte[(int)Math.Min(_chunk, _bytes - _position)];
            BytePattern.Fill(bytes, BytePattern.InputOf(_port.Vm, _port.Device, _port.Port), _position);
            _position += bytes.Length;
            if (bytes.Length != 0)
                backend.Feed(bytes);
        }
        while (_position < _bytes && _period == TimeSpan.Zero);
        if (_position < _bytes)
        {
            _world.At(_world.Now + _period, Step);
        }
        else
        {
            _ended = true;
            if (Ends)
                backend.EndInput();
        }
    }
}
