namespace Actors.DeviceModel;

/// <summary>
/// The INTx pin of a function (acrn-io-path 3.5). The device asserts and deasserts; whether the pin may be driven is another matter (MSI-X off and
/// INTx not disabled), so an assertion may have to wait. Each call says whether the pin's level changed.
/// </summary>
internal struct IntxLine
{
    private bool _forbidden;

    /// <summary>Where the line is.</summary>
    public IntxState State { get; private set; }

    /// <summary>The device wants service, whether or not the pin says so (the status register's interrupt bit).</summary>
    public readonly bool IsRequested => State != IntxState.Idle;

    /// <summary>The device wants service. True: drive the pin.</summary>
    public bool Assert()
    {
        if (State != IntxState.Idle)
            return false;
        State = _forbidden ? IntxState.Pending : IntxState.Asserted;
        return State == IntxState.Asserted;
    }

    /// <summary>The device has been served. True: release the pin.</summary>
    public bool Deassert()
    {
        var driven = State == IntxState.Asserted;
        State = IntxState.Idle;
        return driven;
    }

    /// <summary>Brings the line back as it was, without driving it.</summary>
    public void Restore(IntxState state, bool permitted)
    {
        State = state == IntxState.Idle ? IntxState.Idle : permitted ? IntxState.Asserted : IntxState.Pending;
        _forbidden = !permitted;
    }

    /// <summary>The pin may be driven, or no longer. True: drive or release it, as <see cref="State"/> says now.</summary>
    public bool Permit(bool permitted)
    {
        _forbidden = !permitted;
        var before = State;
        if (State == IntxState.Asserted && _forbidden)
            State = IntxState.Pending;
        else if (State == IntxState.Pending && permitted)
            State = IntxState.Asserted;
        return State != before;
    }
}

/// <summary>States of <see cref="IntxLine"/>.</summary>
internal enum IntxState : byte
{
    /// <summary>Nothing wanted.</summary>
    Idle,

    /// <summary>Wanted, and the pin says so.</summary>
    Asserted,

    /// <summary>Wanted, but the pin may not be driven.</summary>
    Pending,
}
