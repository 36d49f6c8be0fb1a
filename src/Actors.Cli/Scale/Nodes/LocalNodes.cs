using System.Globalization;
using Akka.Actor;

namespace Actors.Cli;

/// <summary>Nodes that are processes of their own on this machine: started, watched and ended with the test.</summary>
/// <param name="count">How many.</param>
/// <param name="hocon">File with settings for Akka that each gets, or null.</param>
/// <param name="expectsLoss">Some of them may end, and the others are to notice it soon. Without it they forgive each other long silences: a test may leave them no time, and who watches their processes is this one.</param>
/// <param name="keeper">Ends them with this process.</param>
/// <param name="say">Takes lines of theirs.</param>
internal sealed class LocalNodes(int count, string? hocon, bool expectsLoss, ProcessKeeper keeper, Action<string> say) : IScaleNodes
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly List<NodeProcess> _nodes = [];
    private readonly Dictionary<NodeProcess, NodeVoice> _voices = [];
    private ActorSystem? _system;

    /// <inheritdoc/>
    public ActorSystem System => _system!;

    /// <inheritdoc/>
    public IReadOnlyList<string> Addresses => [.. _nodes.Select(node => node.Ready.Result)];

    /// <summary>Their processes' ids.</summary>
    public IReadOnlyList<int> Processes => [.. _nodes.Select(node => node.Id)];

    /// <inheritdoc/>
    public bool EndsWithTest => true;

    /// <inheritdoc/>
    public bool UsesTls => false;

    /// <inheritdoc/>
    public Action<string, string>? Lost { get; set; }

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken stop)
    {
        var first = Start(1, null);
        await ReadyAsync([first], stop);
        var address = await first.Ready;
        await ReadyAsync([.. Enumerable.Range(2, count - 1).Select(number => Start(number, address))], stop);
        foreach (var node in _nodes)
            _ = WatchAsync(node);
        _system = ClientSystem.Start("127.0.0.1", null);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
            node.End();
        if (_system is not null)
            await ClientSystem.EndAsync(_system, say, isOrderly: false);
        foreach (var node in _nodes)
            node.Dispose();
    }

    private NodeProcess Start(int number, string? join)
    {
        string[] arguments = ["--port", "0", "--http", "off", "--profile", expectsLoss ? "production" : "patient", .. With("--join", join), .. With("--hocon", hocon)];
        var voice = new NodeVoice(say);
        var node = NodeProcess.Start(keeper, $"node {number}", arguments, voice.Say);
        _nodes.Add(node);
        _voices.Add(node, voice);
        return node;
    }

    private static string[] With(string option, string? value) => value is null ? [] : [option, value];

    private async Task ReadyAsync(IReadOnlyList<NodeProcess> nodes, CancellationToken stop)
    {
        foreach (var node in nodes)
        {
            var voice = _voices[node];
            try
            {
                await Task.WhenAny(node.Ready, node.Exited).WaitAsync(Patience, stop);
            }
            catch (TimeoutException late)
            {
                voice.Open();
                throw new NodesMissingException(string.Create(CultureInfo.InvariantCulture, $"{node.Name} is not up after {Patience.TotalSeconds:0} s"), late);
            }

            if (!node.Ready.IsCompleted)
                throw new NodesMissingException(await FarewellAsync(node, voice));
            voice.Open();
        }
    }

    /// <summary>Of a mistake that a node told in one sentence, that sentence.</summary>
    private static async Task<string> FarewellAsync(NodeProcess node, NodeVoice voice)
    {
        await node.HeardAsync();
        if (await node.Exited == ExitStatus.Mistake && voice.OnlyLine is { } mistake)
            return mistake;
        voice.Open();
        return $"{node.Name} ended before it was up, {NodeProcess.Text(await node.Exited)}; what it said stands above";
    }

    private async Task WatchAsync(NodeProcess node)
    {
        var (address, status) = (await node.Ready, await node.Exited);
        if (!node.IsEnding)
            Lost?.Invoke(address, $"{node.Name} ({address}) ended, {NodeProcess.Text(status)}{(node.Reason is { } reason ? $": {reason}" : string.Empty)}");
    }
}
