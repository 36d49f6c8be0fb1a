namespace PathScenarios;

/// <summary>A guest builds descriptor chains that no driver would. Its device stops and asks for a reset; the machine and its other devices go on.</summary>
public sealed class S08_AHostileRing : MachineTest
{
    private static readonly Dictionary<string, Func<Chain>> _layouts = new()
    {
        ["a loop"] = () => new Chain().Readable("a").Readable("b").LoopTo(0),
        ["a head beyond the table"] = () => new Chain().Readable("a").Head(0xFFFF),
        ["a buffer outside RAM"] = () => new Chain().At(0xFFFF_FFFF_0000, 4096),
        ["a length that wraps"] = () => new Chain().At(ulong.MaxValue - 10, 0xFFFF_FFFF),
        ["an indirect table of half a descriptor"] = () => new Chain().Readable("a").TableBytes(8),
        ["more descriptors than the queue has"] = () => new Chain().Overlong(1000),
    };

    public static TheoryData<string> Layouts => [.. _layouts.Keys];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_device_asks_for_a_reset_and_the_other_console_goes_on(string layout)
    {
        var machine = Boot(m => m.Console().Console());

        machine.Submit(_layouts[layout]());
        machine.Done(machine.Write("unharmed", device: 1));

        machine.ExpectBytes("unharmed", device: 1);
        Assert.Equal("", machine.Text(device: 0));
    }

    [Fact]
    public void A_thousand_disturbed_kicks_cost_bounded_work()
    {
        var machine = Boot(m => m.Console().Console());
        var driver = new HostileDriver(seed: 7);

        machine.Run(guest => driver.Run(guest, kicks: 1000));
        machine.Write("alive", device: 1);

        machine.ExpectBytes("alive", device: 1);
    }
}
