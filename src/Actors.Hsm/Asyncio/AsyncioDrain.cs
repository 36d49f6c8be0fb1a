namespace Actors.Hsm;

/// <summary>The service side of the asyncio ring: takes kicks in the order of their positions, each once.</summary>
internal struct AsyncioDrain
{
    /// <summary>Everything up to here is taken.</summary>
    public ulong Position { get; private set; }

    /// <summary>What a kick is.</summary>
    public enum Verdict
    {
        /// <summary>The next one.</summary>
        Take,

        /// <summary>The next one, and the hypervisor is to hear how far we are.</summary>
        TakeAndReport,

        /// <summary>Taken before: the hypervisor didn't hear it and asks again.</summary>
        Report,

        /// <summary>One before it is missing: the hypervisor will send from there on again.</summary>
        Gap,
    }

    /// <summary>Takes a kick, or doesn't.</summary>
    /// <param name="position">Its place.</param>
    /// <param name="oldest">The lowest place that the hypervisor keeps, or 0. Those before it were drained, maybe by an incarnation of the HSM that is no more.</param>
    public Verdict Take(ulong position, ulong oldest = 0)
    {
        if (oldest > Position + 1 && oldest <= position)
            Position = oldest - 1;
        if (position <= Position)
            return Verdict.Report;
        if (position != Position + 1)
            return Verdict.Gap;

        Position = position;
        return position % HsmSpec.AsyncioDrainedEvery == 0 ? Verdict.TakeAndReport : Verdict.Take;
    }
}
