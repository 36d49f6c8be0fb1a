using System.Text;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>
/// Takes steps from the threads of many actors and writes them from a thread of its own, in the order they came. Recording doesn't wait for the output: when it can't keep
/// up, the steps that don't fit the buffer are counted, and a line says how many are missing where they are missing.
/// </summary>
internal sealed class TraceWriter : PathTrace, IDisposable
{
    /// <summary>Steps that wait for the output at most.</summary>
    public const int Capacity = 32 * 1024;

    private const int FirstBuffer = 256;

    private readonly TextWriter _output;
    private readonly Thread _thread;
    private readonly object _gate = new();

    // Two buffers: actors fill one while the thread writes the other.
    private PathStep[] _filling = new PathStep[FirstBuffer];
    private int _count;
    private long _missing;
    private bool _ending;

    // The thread's own.
    private PathStep[] _writing = new PathStep[FirstBuffer];
    private readonly StringBuilder _text = new();
    private PathStep _before;
    private bool _any;

    /// <summary>Writes to <paramref name="output"/>, which stays the caller's.</summary>
    public TraceWriter(TextWriter output)
    {
        _output = output;
        _thread = new Thread(Write) { IsBackground = true, Name = "actors-trace" };
        _thread.Start();
    }

    /// <summary>Steps that aren't in the trace. Final after <see cref="Dispose"/>.</summary>
    public long Lost { get; private set; }

    /// <summary>Why the output stopped taking lines, or null.</summary>
    public string? Problem { get; private set; }

    /// <inheritdoc/>
    public override void Record(in PathStep step)
    {
        lock (_gate)
        {
            if (_ending || (_count == _filling.Length && !TryGrow()))
            {
                _missing++;
                return;
            }

            _filling[_count++] = step;
            if (_count == 1)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what waits, then ends.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private bool TryGrow()
    {
        if (_filling.Length >= Capacity)
            return false;

        Array.Resize(ref _filling, _filling.Length * 2);
        return true;
    }

    private void Write()
    {
        _text.Append(TraceFormat.Header).Append('\n');
        while (true)
        {
            int count;
            long missing;
            bool last;
            lock (_gate)
            {
                while (_count == 0 && _missing == 0 && !_ending)
                    Monitor.Wait(_gate);

                (count, missing, last) = (_count, _missing, _ending);
                (_filling, _writing) = (_writing, _filling);
                (_count, _missing) = (0, 0);
            }

            WriteBatch(count, missing);
            if (last)
                return;
        }
    }

    /// <summary>Steps go missing only behind a full buffer, so their line comes last.</summary>
    private void WriteBatch(int count, long missing)
    {
        for (var index = 0; index < count; index++)
        {
            ref readonly var step = ref _writing[index];
            if (_any && TraceFormat.StartsGroup(step, _before))
                _text.Append('\n');
            TraceFormat.Append(_text, step);
            _text.Append('\n');
            (_before, _any) = (step, true);
        }

        if (missing > 0)
            _text.Append(System.Globalization.CultureInfo.InvariantCulture, $"# {missing} steps are missing here: the output is slower than the machine\n");
        Lost += missing + (Flush() ? 0 : count);
    }

    private bool Flush()
    {
        if (Problem is null)
        {
            try
            {
                lock (_output)
                {
                    foreach (var chunk in _text.GetChunks())
                        _output.Write(chunk.Span);
                    _output.Flush();
                }
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Problem = cause.Message;
            }
        }

        _text.Clear();
        return Problem is null;
    }
}
