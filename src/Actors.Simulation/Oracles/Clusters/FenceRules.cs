namespace Actors.Simulation;

/// <summary>The rule of I24 on fencing tokens, wherever the events come from: the world, or real processes. Answers with what is violated, in a sentence, or with null.</summary>
internal sealed class FenceRules
{
    private readonly Dictionary<(int Vm, int Device, int Port), ulong> _highest = [];

    /// <summary>A backend let an owner in, took its bytes or gave it some.</summary>
    public string? Admitted(int vm, int device, int port, ulong token)
    {
        var highest = _highest.GetValueOrDefault((vm, device, port));
        if (token < highest)
            return $"VM {vm}, port {port}: the backend let an owner with token {token} in, and it had seen {highest}";
        _highest[(vm, device, port)] = token;
        return null;
    }
}
