using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

public sealed class MachineRulesTests
{
    private static readonly ConsolePortSpec Port = new("p", true, BackendKind.Memory);

    public static TheoryData<string, VmSpec> Breaches => new()
    {
        { "1 to 16 vCPUs", Good() with { Vcpus = 17 } },
        { "1 to 16 vCPUs", Good() with { Vcpus = 0 } },
        { "multiple of 4096", Good() with { MemoryBytes = 5000 } },
        { "upcall vector", Good() with { UpcallVector = 0x1F } },
        { "no PCI address", With(Device() with { Function = new Bdf(0, 32, 0) }) },
        { "no PCI address", With(Device() with { Function = new Bdf(1, 3, 0) }) },
        { "no PCI address", With(Device() with { Function = new Bdf(0, 3, 8) }) },
        { "want the address 0.3.0", With(Device(), Device() with { Ports = [Port with { Name = "q" }] }) },
        { "named 'p'", With(Device(), Device() with { Function = new Bdf(0, 4, 0) }) },
        { "1 to 16 ports, not 17", With(Device() with { Ports = [.. Enumerable.Range(0, 17).Select(i => Port with { Name = $"p{i}" })] }) },
        { "1 to 16 ports, not 0", With(Device() with { Ports = [] }) },
        { "at most 255 bytes", With(Device() with { Ports = [Port with { Name = new string('é', 128) }] }) },
        { "buffer of port 'p'", With(Device() with { Ports = [Port with { Policy = new PortPolicy(PortPolicyKind.Buffer) }] }) },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public void A_breach_is_one_sentence(string says, VmSpec spec)
    {
        var breach = MachineRules.FindBreach(spec);
        Assert.Contains(says, breach);
        Assert.DoesNotContain('\n', breach!);
    }

    [Fact]
    public void A_good_machine_has_none() => Assert.Null(MachineRules.FindBreach(Good()));

    private static ConsoleDeviceSpec Device() => new(new Bdf(0, 3, 0), [Port]);

    private static VmSpec With(params ConsoleDeviceSpec[] devices) => Good() with { Devices = [.. devices] };

    private static VmSpec Good() => new(new VmId(1), 1, 1 << 20, new GuestSpec("none", []), [Device()]);
}
