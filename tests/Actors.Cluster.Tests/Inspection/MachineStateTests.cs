using System.Text;
using System.Text.Json;
using Actors.Protocol;

namespace Actors.Cluster.Tests;

public sealed class MachineStateTests
{
    private static readonly MachineState State = new(
        new VmId(7),
        [
            new InspectHop.State(1, "hypervisor", null, ["vm-7"]),
            new InspectHop.State(1, "device-model/vm-7/pci-0.3.0/port-0", InspectNode.Branch("port-0", InspectNode.Leaf("written", 14)), []),
            new InspectHop.State(1, "device-model/vm-7/pci-0.3.0", InspectNode.Branch("pci-0.3.0", InspectNode.Branch("queue-1", InspectNode.Leaf("avail", 3), InspectNode.Leaf("used", 2))), ["port-0"]),
            new InspectHop.State(1, "hypervisor/vm-7", InspectNode.Branch("hypervisor", InspectNode.Leaf("state", "Running")), ["vcpu-0"]),
            new InspectHop.State(1, "hypervisor/vm-7/vcpu-0", InspectNode.Branch("vcpu-0", InspectNode.Leaf("running", true)), []),
        ],
        ["hsm/vm-7"]);

    [Theory]
    [InlineData("vm-7/pci-0.3.0/queue-1/avail", "vm-7/pci-0.3.0/queue-1/avail = 3")]
    [InlineData("vm-7/pci-0.3.0/queue-1", "vm-7/pci-0.3.0/queue-1/avail = 3|vm-7/pci-0.3.0/queue-1/used = 2")]
    [InlineData("vm-7/pci-*/*/*", "vm-7/pci-0.3.0/queue-1/avail = 3|vm-7/pci-0.3.0/queue-1/used = 2|vm-7/pci-0.3.0/port-0/written = 14")]
    [InlineData("vm-7/vcpu-0", "vm-7/vcpu-0/running = true")]
    [InlineData("vm-7/no-answer", "vm-7/no-answer/0 = hsm/vm-7")]
    [InlineData("vm-7/nothing", "")]
    public void A_path_finds_its_place(string path, string lines) =>
        Assert.Equal(lines, string.Join('|', InspectPath.Find(State.Tree()!, path).SelectMany(place => InspectPath.Lines(place.Path, place.Node))));

    [Fact]
    public void A_tree_is_an_object_of_objects()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
            InspectPath.Write(json, State.Tree()!);

        var tree = JsonDocument.Parse(Encoding.UTF8.GetString(bytes.ToArray())).RootElement;

        Assert.Equal("3", tree.GetProperty("pci-0.3.0").GetProperty("queue-1").GetProperty("avail").GetString());
        Assert.Equal("Running", tree.GetProperty("hypervisor").GetProperty("state").GetString());
    }

    [Fact]
    public void A_VM_that_no_room_has_has_no_tree() =>
        Assert.Null(new MachineState(new VmId(9), [new InspectHop.State(1, "hsm", null, [])], []).Tree());

    [Theory]
    [InlineData("vm-7/a", true)]
    [InlineData("", true)]
    [InlineData("*", true)]
    [InlineData("vm-", false)]
    [InlineData("vm--1", false)]
    [InlineData("hsm", false)]
    [InlineData("vm-1/a/b/c/d/e/f/g/h", false)]
    public void A_path_begins_with_a_VM(string path, bool isRight) => Assert.Equal(isRight, InspectPath.TryVm(path, out _, out _));
}
