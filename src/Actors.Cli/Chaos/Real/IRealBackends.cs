using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What is behind the ports of a run's VMs, and outlives nodes. It takes bytes slowly, so that guests are at work for as long as the run lasts.</summary>
internal interface IRealBackends : IAsyncDisposable
{
    /// <summary>Whether everything that was written before its writer closed has been taken.</summary>
    bool IsDrained { get; }

    /// <summary>Whether a writer was refused since it has an older token.</summary>
    bool HasRefused { get; }

    /// <summary>A VM's port.</summary>
    ConsolePortSpec PortOf(VmId vm);

    /// <summary>From now on bytes are taken as fast as they come.</summary>
    void Hurry();
}
