using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What a person learns at the end of a run: nothing, when all is well.</summary>
internal static class RunReport
{
    /// <summary>Lines for standard error, without the program's name.</summary>
    public static IEnumerable<string> Lines(MachineResult result, VmSpec spec)
    {
        switch (result)
        {
            case MachineResult.Refused refused:
                yield return refused.Reason.TrimEnd('.');
                yield break;

            case MachineResult.Ended ended:
                foreach (var port in ended.Ports)
                {
                    foreach (var line in Port(port, spec))
                        yield return line;
                }

                if (End(ended) is { } end)
                    yield return end;
                break;
        }
    }

    /// <summary>The process's status.</summary>
    /// <param name="result">What came of the machine.</param>
    /// <param name="signalled">The status of a run that a signal ended, or null.</param>
    /// <param name="hasLostTrace">The trace's output took no more.</param>
    public static int Status(MachineResult result, int? signalled, bool hasLostTrace = false) => result switch
    {
        MachineResult.Ended { End: VmEnd.PowerOff } => hasLostTrace ? ExitStatus.Failed : ExitStatus.Ok,
        MachineResult.Ended { End: VmEnd.Stopped } => signalled ?? (hasLostTrace ? ExitStatus.Failed : ExitStatus.Ok),
        MachineResult.Refused => signalled ?? ExitStatus.Mistake,
        _ => ExitStatus.Failed,
    };

    private static IEnumerable<string> Port(PortReport port, VmSpec spec)
    {
        if (port.Dropped > 0)
            yield return $"port '{port.Name}': {port.Dropped} of {port.FromGuest} bytes dropped ({Cause(port, spec)})";

        var unwritten = port.FromGuest - port.Written - port.Dropped;
        if (unwritten > 0)
            yield return $"port '{port.Name}': {unwritten} of {port.FromGuest} bytes not written ({port.LastError ?? "the machine ended first"})";
        if (port.InputDropped > 0)
            yield return $"port '{port.Name}': {port.InputDropped} bytes of input not given to the guest (the machine ended first)";
        if (port.LastError is not null && port.Dropped == 0 && unwritten <= 0)
            yield return $"port '{port.Name}': {port.LastError}";
    }

    private static string Cause(PortReport port, VmSpec spec)
    {
        var described = spec.Devices.SelectMany(device => device.Ports).FirstOrDefault(candidate => candidate.Name == port.Name);
        var cause = (described?.Policy?.Kind ?? DefaultPolicy(described)) switch
        {
            PortPolicyKind.Buffer => "buffer full",
            PortPolicyKind.Drop => "policy drop",
            _ => null,
        };
        return (cause, port.LastError) switch
        {
            (null, null) => "not taken before the end or a reset",
            (null, var error) => error,
            (_, null) => cause,
            _ => $"{cause}; {port.LastError}",
        };
    }

    /// <summary>As design.md 6 has it; a socket with a client blocks, but then nothing is dropped.</summary>
    private static PortPolicyKind DefaultPolicy(ConsolePortSpec? port) =>
        port?.Backend is BackendKind.Pty or BackendKind.Socket ? PortPolicyKind.Buffer : PortPolicyKind.Block;

    private static string? End(MachineResult.Ended ended) => ended.End switch
    {
        VmEnd.TripleFault => $"the guest couldn't go on: {ended.Detail ?? "triple fault"}",
        VmEnd.Failed => $"the machine failed: {ended.Detail ?? "no detail"}",
        _ => null,
    };
}
