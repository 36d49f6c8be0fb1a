using Actors.Cluster;
using Actors.Protocol;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>A cluster that runs already.</summary>
/// <param name="addresses">host:port of some of its nodes.</param>
/// <param name="host">Name or address that they reach this machine by.</param>
/// <param name="tls">Folder with certificates, or null.</param>
/// <param name="say">Takes a line for a person.</param>
internal sealed class JoinedNodes(IReadOnlyList<string> addresses, string host, string? tls, Action<string> say) : IScaleNodes
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Times that nodes of which none answers are asked: what was said may be lost, and a busy machine takes its time.</summary>
    private const int MostRounds = 6;

    private ActorSystem? _system;

    /// <inheritdoc/>
    public ActorSystem System => _system!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Silent => [.. addresses.Except(Addresses)];

    /// <inheritdoc/>
    public bool EndsWithTest => false;

    /// <inheritdoc/>
    public bool UsesTls => tls is not null;

    /// <inheritdoc/>
    public Action<string, string>? Lost { get; set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken stop)
    {
        _system = ClientSystem.Start(host, tls);
        for (var round = 0; round < MostRounds && Addresses.Count == 0; round++)
        {
            if (round == 1)
                say($"no node answers yet; still asking {string.Join(", ", addresses)}");
            var answers = await Task.WhenAll(addresses.Select(address => AnswersAsync(address, stop)));
            Addresses = [.. addresses.Where((_, i) => answers[i])];
        }

        if (Addresses.Count == 0)
            throw new NodesMissingException($"no node answers at {string.Join(", ", addresses)}; start one with actors node, or leave --join away");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_system is not null)
            await ClientSystem.EndAsync(_system, say, isOrderly: true);
    }

    private async Task<bool> AnswersAsync(string address, CancellationToken stop)
    {
        try
        {
            await _system!.ActorSelection(NodeSettings.EntranceOf(address, UsesTls)).Ask<ClusterHop.NodeState>(new ClusterHop.ReadNode(), Patience, stop);
            return true;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }
}
