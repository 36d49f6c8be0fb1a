using System.Runtime.InteropServices;
using Actors.Cluster;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>Shows the state of the machine of a run: whenever SIGQUIT comes (Ctrl-\ on a terminal that isn't the guest's), and before a signal ends it.</summary>
internal sealed class MachineInspection : IDisposable
{
    private readonly Node _node;
    private readonly VmId _vm;
    private readonly InspectRequest _request;
    private readonly PosixSignalRegistration _signal;
    private int _shown;

    /// <summary>Begins to listen.</summary>
    public MachineInspection(Node node, VmId vm, InspectRequest request)
    {
        _node = node;
        _vm = vm;
        _request = request;
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context =>
        {
            context.Cancel = true;
            _ = ShowAsync();
        });
    }

    /// <summary>Whether anything was shown.</summary>
    public bool HasShown => Volatile.Read(ref _shown) > 0;

    /// <summary>Shows it now.</summary>
    public async Task ShowAsync()
    {
        var state = await MachineState.ReadAsync(_node.System, [_node.Hypervisor, _node.Hsm, _node.DeviceModel], _vm);
        foreach (var line in Lines(state, _request.Paths))
            _request.Print(line);
        Interlocked.Increment(ref _shown);
    }

    /// <summary>What is at some paths.</summary>
    public static IEnumerable<string> Lines(MachineState state, IReadOnlyList<string> paths)
    {
        if (state.Tree() is not { } tree)
            return ["the machine is gone"];
        return paths.SelectMany(path => InspectPath.Find(tree, path) is { Count: > 0 } found
            ? found.SelectMany(place => InspectPath.Lines(place.Path, place.Node))
            : [InspectPath.Nothing(tree, path)]);
    }

    /// <inheritdoc/>
    public void Dispose() => _signal.Dispose();
}

/// <summary>What of a machine's state is wanted.</summary>
/// <param name="Paths">Paths, each beginning with the VM.</param>
/// <param name="Print">Takes a line. Any thread.</param>
internal sealed record InspectRequest(IReadOnlyList<string> Paths, Action<string> Print);
