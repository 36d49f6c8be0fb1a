using System.Diagnostics;
using Actors.Cluster;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Cli.Tests;

/// <summary>The state of a machine that runs.</summary>
public sealed class InspectionTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("inspection").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_machine_s_actors_give_one_tree_by_path()
    {
        using var node = Node.Start(new GuestCatalog());
        var spec = Spec();
        var session = MachineSession.Launch(node, spec);
        await session.Started;

        // The guest boots while we look: the device's transmit queue gets ready some day.
        var lines = new List<string>();
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < Patience && !lines.Contains("vm-1/pci-0.3.0/queue-1/ready = true");)
            lines = [.. MachineInspection.Lines(await ReadAsync(node, spec.Vm), ["vm-1"])];

        Assert.Contains("vm-1/pci-0.3.0/queue-1/ready = true", lines);
        Assert.Contains("vm-1/hypervisor/state = Running", lines);
        Assert.Contains("vm-1/vcpu-0/running = true", lines);
        Assert.Contains("vm-1/hsm/default-client = true", lines);
        Assert.Contains("vm-1/device-model/started = true", lines);
        Assert.Contains("vm-1/pci-0.3.0/port-0/name = out", lines);
        Assert.DoesNotContain(lines, line => line.Contains("no-answer", StringComparison.Ordinal));
        Assert.Equal(["vm-1"], (await ReadAsync(node, null)).Vms.AsEnumerable());

        session.Stop();
        await session.Ended;
    }

    [Fact]
    public async Task A_path_with_nothing_at_it_says_what_there_is()
    {
        using var node = Node.Start(new GuestCatalog());
        var spec = Spec();
        var session = MachineSession.Launch(node, spec);
        await session.Started;

        var lines = MachineInspection.Lines(await ReadAsync(node, spec.Vm), ["vm-1/pci-0.3.0/queue-99"]).ToList();
        var gone = MachineInspection.Lines(await ReadAsync(node, new VmId(5)), ["vm-5"]).ToList();

        Assert.StartsWith("there is nothing at vm-1/pci-0.3.0/queue-99, at vm-1/pci-0.3.0 there is epoch, ", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Equal(["the machine is gone"], gone);
        session.Stop();
        await session.Ended;
    }

    [Theory]
    [InlineData("--inspect '/' names no place", "/")]
    [InlineData("--inspect 'vm-2/hsm' is of another machine, this one is vm-1", "vm-2/hsm")]
    public void A_mistake_is_one_sentence(string sentence, string path)
    {
        Assert.False(InspectOption.Parse([path], new VmId(1)).TryGet(out _, out var mistake));

        Assert.StartsWith(sentence.Replace(" '/'", string.Empty, StringComparison.Ordinal), mistake.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void The_machine_need_not_be_named()
    {
        Assert.True(InspectOption.Parse(["pci-0.3.0", "vm-1/hsm", "*/vcpu-0", "vm-1"], new VmId(1)).TryGet(out var paths, out _));

        Assert.Equal(["vm-1/pci-0.3.0", "vm-1/hsm", "vm-1/vcpu-0", "vm-1"], paths.Paths);
    }

    /// <summary>What all say: on a busy machine one may answer too late for a look, which then names it, and the next look has it.</summary>
    private static async Task<MachineState> ReadAsync(Node node, VmId? vm)
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            var state = await MachineState.ReadAsync(node.System, [node.Hypervisor, node.Hsm, node.DeviceModel], vm);
            if (state.Missing.IsEmpty || Stopwatch.GetElapsedTime(begun) > Patience)
                return state;
        }
    }

    /// <summary>A guest that waits for input that never comes.</summary>
    private VmSpec Spec()
    {
        var socket = Path.Combine(_folder, "s");
        Assert.True(RunParser.Parse(new RunArguments { Guest = ["echo", "out"], Slots = [$"3,virtio-console,@socket:out={socket}"] }, _ => null).TryGet(out var spec, out var mistake), mistake?.Sentence);
        return spec;
    }
}
