using Actors.Protocol;

namespace Actors.Guest;

/// <summary>
/// The processor as a programmed guest sees it: instructions that leave the guest are awaited, RAM is at hand. It does one thing at a
/// time; awaiting a second access while one waits is the program's bug and throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class GuestCpu
{
    private PendingVectors _pending;
    private PendingVectors _taken;
    private GuestContinuation? _continuation;
    private IoAccess _access;
    private ulong _value;
    private IoOutcome _outcome;
    private bool _nudged;
    private bool _wakesOnNudge;

    internal GuestCpu(int index, int vcpuCount, byte startupVector, ulong memoryBytes, IGuestMemory memory)
    {
        Index = index;
        VcpuCount = vcpuCount;
        StartupVector = startupVector;
        MemoryBytes = memoryBytes;
        Memory = memory;
    }

    /// <summary>0 is the boot processor.</summary>
    public int Index { get; }

    /// <summary>Processors of the machine.</summary>
    public int VcpuCount { get; }

    /// <summary>Vector of the startup interrupt that woke an application processor; 0 on the boot processor.</summary>
    public byte StartupVector { get; }

    /// <summary>RAM of the machine in bytes: low region from 0, what is over 2 GiB from 4 GiB.</summary>
    public ulong MemoryBytes { get; }

    /// <summary>The machine's RAM.</summary>
    public IGuestMemory Memory { get; }

    /// <summary>IN: reads a port of 1, 2 or 4 bytes.</summary>
    public IoAwaitable In(ushort port, int size)
    {
        CheckPortSize(size);
        return new(this, IoAccess.In(port, size));
    }

    /// <summary>OUT: writes a port of 1, 2 or 4 bytes.</summary>
    public IoAwaitable Out(ushort port, int size, uint value)
    {
        CheckPortSize(size);
        return new(this, IoAccess.Out(port, size, value));
    }

    /// <summary>Reads 1, 2, 4 or 8 bytes of a device's memory. RAM is read through <see cref="Memory"/>.</summary>
    public IoAwaitable Load(ulong address, int size)
    {
        CheckMemorySize(size);
        return new(this, IoAccess.Load(address, size));
    }

    /// <summary>Writes 1, 2, 4 or 8 bytes of a device's memory. RAM is written through <see cref="Memory"/>.</summary>
    public IoAwaitable Store(ulong address, int size, ulong value)
    {
        CheckMemorySize(size);
        return new(this, IoAccess.Store(address, size, value));
    }

    /// <summary>HLT with interrupts on. Goes on at once when a vector is pending.</summary>
    public InterruptAwaitable WaitForInterrupt() => new(this);

    /// <summary>
    /// HLT that also ends when somebody outside asks for the program's attention: how a test that plays the guest gets a word in. Nothing on the path knows of it, and no
    /// vector comes with it.
    /// </summary>
    public NudgeAwaitable WaitForNudge() => new(this);

    /// <summary>Takes the highest pending vector, if there is one.</summary>
    public bool TryTakeInterrupt(out byte vector)
    {
        if (!_pending.TryTake(out vector))
            return false;
        _taken.Add(vector);
        return true;
    }

    /// <summary>PAUSE: ends the time slice, so that others run before the program goes on. For spin loops.</summary>
    public IoAwaitable Pause() => new(this, default);

    /// <summary>Why the program does not run. <see cref="EngineStopKind.Ended"/> when nothing is awaited.</summary>
    internal EngineStopKind Stop { get; private set; } = EngineStopKind.Ended;

    /// <summary>The access that waits.</summary>
    internal ref readonly IoAccess Access => ref _access;

    internal bool HasPendingInterrupt => _pending.Any;

    internal bool HasNudge => _nudged;

    /// <summary>True when the program took vectors that <see cref="TryTakeTaken"/> has not told of.</summary>
    internal bool HasTaken => _taken.Any;

    /// <summary>Tells what the program took since the last call: one that ran once can't have taken a vector twice.</summary>
    internal bool TryTakeTaken(out byte vector) => _taken.TryTake(out vector);

    internal void Interrupt(byte vector) => _pending.Add(vector);

    internal void Nudge() => _nudged = true;

    internal void Complete(ulong value, IoOutcome outcome)
    {
        if (Stop != EngineStopKind.Exit)
            throw new InvalidOperationException("No access is outstanding.");
        _value = value;
        _outcome = outcome;
        Stop = EngineStopKind.TimeSlice;
    }

    /// <summary>Takes what can run now; null when that has to wait for something, or nothing is awaited at all.</summary>
    internal GuestContinuation? TakeRunnable()
    {
        if (Stop == EngineStopKind.Exit || (Stop == EngineStopKind.Idle && !_pending.Any && !(_wakesOnNudge && _nudged)))
            return null;
        var continuation = _continuation;
        _continuation = null;
        Stop = EngineStopKind.Ended;
        return continuation;
    }

    /// <summary>
    /// Refuses a second thing to wait for. Here, before an await suspends, and not while it does: a program may catch this and go on.
    /// </summary>
    internal void CheckFree()
    {
        if (_continuation is not null)
            throw new InvalidOperationException("The CPU already waits for something else: await one thing at a time.");
    }

    internal void Arm(in IoAccess access)
    {
        CheckFree();
        _access = access;
        _value = 0;
        _outcome = IoOutcome.Completed;
    }

    internal void SuspendForAccess(GuestContinuation continuation)
    {
        _continuation = continuation;
        Stop = _access.Size == 0 ? EngineStopKind.TimeSlice : EngineStopKind.Exit;
    }

    internal void SuspendForInterrupt(GuestContinuation continuation)
    {
        _continuation = continuation;
        _wakesOnNudge = false;
        Stop = EngineStopKind.Idle;
    }

    internal void SuspendForNudge(GuestContinuation continuation)
    {
        SuspendForInterrupt(continuation);
        _wakesOnNudge = true;
    }

    internal void TakeNudge() => _nudged = false;

    internal ulong TakeCompletion() => _outcome == IoOutcome.Completed ? _value : throw new GeneralProtectionException(_access);

    internal byte TakeAwaitedInterrupt() =>
        TryTakeInterrupt(out var vector) ? vector : throw new InvalidOperationException("No interrupt is pending.");

    private static void CheckPortSize(int size)
    {
        if (size is not (1 or 2 or 4))
            throw new ArgumentOutOfRangeException(nameof(size), size, "A port access has 1, 2 or 4 bytes.");
    }

    private static void CheckMemorySize(int size)
    {
        if (size is not (1 or 2 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(size), size, "A memory access has 1, 2, 4 or 8 bytes.");
    }
}
