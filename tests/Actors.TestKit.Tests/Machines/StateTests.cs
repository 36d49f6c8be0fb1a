using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit.Tests;

/// <summary>The machine's state by path.</summary>
public sealed class StateTests : MachineTest
{
    private const string Transmit = "pci-0.3.0/queue-1";

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_held_doorbell_leaves_the_queue_as_it_was(MachineWorld world)
    {
        var machine = Boot(world);
        machine.Done(machine.Write("first"));
        var before = machine.States(Transmit).ToDictionary(one => one.Path, one => one.Value);
        Assert.Equal("true", before[$"{Transmit}/ready"]);
        machine.ExpectState($"{Transmit}/in-flight", "0");

        machine.Hold(LinkSite.HsmDoorbell);
        machine.Forget();
        machine.Write("held");
        machine.ExpectCompletion();
        machine.ExpectNo<NotifyEvent>();
        Assert.Equal(before[$"{Transmit}/avail"], machine.State($"{Transmit}/avail"));
        Assert.Equal(before[$"{Transmit}/used"], machine.State($"{Transmit}/used"));

        machine.Release(LinkSite.HsmDoorbell);
        machine.ExpectState($"{Transmit}/avail", Next(before[$"{Transmit}/avail"]));
        machine.ExpectState($"{Transmit}/used", Next(before[$"{Transmit}/used"]));
        machine.ExpectBytes("held");
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_port_is_open_while_somebody_is_there(MachineWorld world)
    {
        var machine = Boot(world, described => described.Console(ports: 2));

        Assert.Equal("false", machine.State("pci-0.3.0/port-1/guest-open"));
        machine.Run(async guest => await guest.Port(1).Open());
        machine.ExpectState("pci-0.3.0/port-1/guest-open", "true");
        Assert.Equal(["true", "true"], machine.States("pci-0.3.0/port-*/host-open").Select(one => one.Value));
        machine.Backend(port: 1).HangUp();

        machine.ExpectState("pci-0.3.0/port-1/host-open", "false");
        Assert.Equal("true", machine.State("vm-0/pci-0.3.0/port-0/host-open"));
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void Every_part_of_a_machine_has_its_state(MachineWorld world)
    {
        var machine = Boot(world, described => described.Vcpus(2));

        var names = machine.States(string.Empty).Select(one => one.Path.Split('/')[0]).Distinct();

        Assert.Equal(["device-model", "hsm", "hypervisor", "pci-0.3.0", "vcpu-0", "vcpu-1"], names.Order(StringComparer.Ordinal));
        Assert.Equal("Running", machine.State("hypervisor/state"));
        Assert.Equal("true", machine.State("pci-0.3.0/active"));
        Assert.All(machine.States("vcpu-*/running"), one => Assert.Equal("true", one.Value));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(77)]
    public void Asking_changes_nothing(ulong seed)
    {
        var asked = Play(Boot(machine => machine.Seed(seed)), isAsking: true);
        var unasked = Play(Boot(machine => machine.Seed(seed)), isAsking: false);

        Assert.Equal(unasked, asked);
    }

    [Fact]
    public void A_crashed_device_is_seen_before_and_after()
    {
        var machine = Boot();
        Assert.Equal("0", machine.State("pci-0.3.0/incarnation"));

        machine.Crash(SimPart.Device);
        machine.Write("x");

        machine.ExpectState("pci-0.3.0/incarnation", "1");
        machine.ExpectBytes("x");
    }

    [Fact]
    public void A_path_with_nothing_at_it_says_what_there_is()
    {
        var machine = Boot();

        Assert.StartsWith("there is nothing at vm-0/pci-0.3.0/queue-99/avail, at vm-0/pci-0.3.0 there is epoch, ", Mistake(() => machine.State("pci-0.3.0/queue-99/avail")), StringComparison.Ordinal);
        Assert.StartsWith("there is nothing at vm-0/nowhere, at vm-0 there is device-model, hsm, hypervisor, vcpu-0, pci-0.3.0", Mistake(() => machine.States("nowhere")), StringComparison.Ordinal);
        Assert.StartsWith("there is nothing at vm-0/hypervisor/state/x, vm-0/hypervisor/state is a value: Running", Mistake(() => machine.State("hypervisor/state/x")), StringComparison.Ordinal);
        Assert.StartsWith($"{Transmit} isn't one value, there is vm-0/{Transmit}/ready = true, vm-0/{Transmit}/size = ", Mistake(() => machine.State(Transmit)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_that_does_not_come_is_a_failure_that_says_what_was_there()
    {
        var machine = Boot();

        var wrong = Assert.Throws<MachineFailureException>(() => machine.ExpectState("hypervisor/state", "Paused", TimeSpan.FromSeconds(1)));
        var nowhere = Assert.Throws<MachineFailureException>(() => machine.ExpectState("pci-*/port-9/name", "x", TimeSpan.FromSeconds(1)));

        Assert.StartsWith("Expected hypervisor/state to be Paused, and after 1 s hypervisor/state was Running.", wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith("Expected pci-*/port-9/name to be x, and after 1 s there is nothing at vm-0/pci-*/port-9/name, at vm-0/pci-* there is epoch, ", nowhere.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(EveryWorld))]
    public void A_machine_that_is_gone_has_no_state(MachineWorld world)
    {
        var machine = Boot(world);
        machine.PowerOff();
        machine.Wait(TimeSpan.FromMilliseconds(100));

        Assert.Contains("gone", Assert.Throws<InvalidOperationException>(() => machine.State("hypervisor/state")).Message, StringComparison.Ordinal);

        machine.End();
        Assert.Contains("was ended", Assert.Throws<InvalidOperationException>(() => machine.States("hsm")).Message, StringComparison.Ordinal);
    }

    private static string Next(string number) => (int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Mistake(Action ask) => Assert.Throws<ArgumentException>(ask).Message;

    private static ulong Play(Machine machine, bool isAsking)
    {
        Look();
        machine.Break("irq.raise: duplicate");
        var write = machine.Write("the same bytes");
        Look();
        machine.Done(write);
        Look();
        machine.Crash(SimPart.Device);
        machine.Backend().Feed("and input");
        Assert.Equal("and input", machine.Read(9));
        Look();
        machine.Wait(TimeSpan.FromSeconds(1));
        Assert.NotEqual(0UL, machine.TraceHash);
        return machine.TraceHash;

        void Look()
        {
            if (!isAsking)
                return;
            Assert.True(machine.States(string.Empty).Count > 50);
            machine.ExpectState("pci-0.3.0/port-0/host-open", "true");
        }
    }
}
