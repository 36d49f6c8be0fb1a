using System.Diagnostics.CodeAnalysis;
using Actors.Protocol;

namespace Actors.Guest;

/// <summary>The engine of guests written in C#: the program runs inline, in <see cref="Run"/>, from one await that waits to the next.</summary>
internal sealed class ProgrammedEngine(GuestProgram program, GuestCpu cpu) : IVcpuEngine
{
    private GuestTask _task;
    private string? _fault;
    private Progress _progress;

    private enum Progress : byte
    {
        NotStarted,
        Running,
        Ended,
    }

    public void Complete(ulong value, IoOutcome outcome) => cpu.Complete(value, outcome);

    public void Interrupt(byte vector) => cpu.Interrupt(vector);

    public void Nudge() => cpu.Nudge();

    public bool TryTakeTaken(out byte vector) => cpu.TryTakeTaken(out vector);

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a guest throws is its own fault, and ends only itself.")]
    public EngineStop Run()
    {
        if (_progress != Progress.Ended)
        {
            try
            {
                Advance();
            }
            catch (Exception error)
            {
                End(error);
            }
        }

        return _progress == Progress.Ended
            ? new EngineStop(EngineStopKind.Ended, Fault: _fault, TookInterrupts: cpu.HasTaken)
            : new EngineStop(cpu.Stop, cpu.Stop == EngineStopKind.Exit ? cpu.Access : default, TookInterrupts: cpu.HasTaken);
    }

    private void Advance()
    {
        if (_progress == Progress.NotStarted)
        {
            _progress = Progress.Running;
            _task = program.Run(cpu);
        }
        else
        {
            for (var next = cpu.TakeRunnable(); next is not null; next = next.Resume())
            {
            }
        }

        if (_task.IsCompleted)
        {
            _task.GetAwaiter().GetResult();
            End(null);
        }
        else if (cpu.Stop == EngineStopKind.Ended)
        {
            // It waits, but not for its CPU: a guest task that it never started, or a loop of tasks.
            throw new InvalidOperationException("The program waits for something that can never come.");
        }
    }

    private void End(Exception? error)
    {
        _progress = Progress.Ended;
        _task = default;
        _fault = error is null ? null : FaultText.Of(error);
    }
}
