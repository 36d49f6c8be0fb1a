namespace Actors.Simulation;

/// <summary>Which faults crash actors, and which a machine may legitimately not survive.</summary>
internal static class CrashActions
{
    /// <summary>True when the rule makes an actor's work throw, or stops it.</summary>
    public static bool IsCrash(FaultRule rule) => rule.Do is "crash" or "kill" or "restart" or "poison" or "stop" or "throw";

    /// <summary>
    /// True when a guest may end by a fault because of it: a crashed vCPU or virtual machine (its registers are gone), corrupted memory, or an answer that isn't the
    /// device's. A crash of the HSM or the device model is no excuse: the guest may not see it.
    /// </summary>
    public static bool MayEndVm(FaultRule rule)
    {
        if (IsCrash(rule))
            return rule.Row is "F23" or "F25";
        return rule.Row is "F20" or "F57" or "F58" or "F59" or "F60" or "F61" or "F62" or "F63" or "F64" or "F65" or "F67";
    }
}
