using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>
/// A fault of a test's own on the links between the actors of the path. It works in every world. One instance serves one machine; in real time it is asked from several
/// threads, one at a time. Faults in the box, which reports and oracles know, are broken with <see cref="Machine.Break(string)"/>.
/// </summary>
public abstract class HopFault
{
    /// <summary>Says what becomes of a message.</summary>
    /// <param name="site">The link that it crosses.</param>
    /// <param name="message">The message; immutable, one of the records of <c>Actors.Protocol</c> or of a room's inside.</param>
    public abstract HopVerdict Decide(LinkSite site, object message);
}

/// <summary>What a <see cref="HopFault"/> makes of a message.</summary>
public readonly struct HopVerdict
{
    private HopVerdict(HopAct act, object? instead = null)
    {
        Act = act;
        Instead = instead;
    }

    /// <summary>It passes.</summary>
    public static HopVerdict Pass => default;

    /// <summary>It is lost. Its sender repeats it, as after any loss.</summary>
    public static HopVerdict Drop => new(HopAct.Drop);

    /// <summary>It comes twice.</summary>
    public static HopVerdict Twice => new(HopAct.Twice);

    internal HopAct Act { get; }

    internal object? Instead { get; }

    /// <summary>Another message comes in its place.</summary>
    public static HopVerdict Replace(object message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new HopVerdict(HopAct.Replace, message);
    }
}

/// <summary>What happens to a message.</summary>
internal enum HopAct : byte
{
    Pass,
    Drop,
    Twice,
    Replace,
}
