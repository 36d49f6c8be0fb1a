using Actors.Protocol;

namespace Actors.Hypervisor.Tests;

public sealed class PowerPortsTests : IPowerSwitch
{
    private readonly List<VmEventKind> _asked = [];

    [Theory]
    [InlineData(0x02, null)]
    [InlineData(0x04, VmEventKind.SystemReset)]
    [InlineData(0x06, VmEventKind.SystemReset)]
    [InlineData(0x0A, null)]
    [InlineData(0x0E, VmEventKind.FullReset)]
    public void Reset_control_resets_at_the_rise_of_bit_2(int value, VmEventKind? asked)
    {
        var ports = new ResetPorts(this);

        Assert.Equal(asked is null ? EmulationResult.Done : EmulationResult.Held, ports.Write(0xCF9, 1, (uint)value));
        Assert.Equal(asked is null ? [] : [asked.Value], _asked);
        ports.Read(0xCF9, 1, out var read);
        Assert.Equal((byte)value, (byte)read);
        Assert.Equal(EmulationResult.Done, ports.Write(0xCF9, 1, (uint)value));
    }

    [Theory]
    [InlineData(0xFE, 1, true)]
    [InlineData(0xFE, 2, false)]
    [InlineData(0xD1, 1, false)]
    public void The_keyboard_controller_s_pulse_resets(int value, int size, bool resets)
    {
        var ports = new ResetPorts(this);

        Assert.Equal(resets ? EmulationResult.Held : EmulationResult.NotMine, ports.Write(0x64, size, (uint)value));
        Assert.Equal(resets ? 1 : 0, _asked.Count);
        Assert.Equal(EmulationResult.NotMine, ports.Read(0x64, 1, out _));
    }

    [Theory]
    [InlineData(0x3400, 2, "Held")]
    [InlineData(0x3401, 2, "Held")]
    [InlineData(0x1400, 2, "Done")] // no SLP_EN
    [InlineData(0x2C00, 2, "Done")] // S3
    [InlineData(0x0001, 2, "Done")]
    [InlineData(0x3400, 4, "NotMine")]
    [InlineData(0x00FE, 1, "NotMine")]
    public void PM1a_powers_off_on_S5_only(int value, int size, string expected)
    {
        var pm1a = new Pm1aControl(this);

        Assert.Equal(expected, pm1a.Write(0x404, size, (uint)value).ToString());
        Assert.Equal(expected == "Held" ? [VmEventKind.PowerOff] : [], _asked);
        pm1a.Read(0x404, 2, out var read);
        Assert.Equal(expected == "NotMine" ? 0u : (uint)value & ~0x2000u, read);
    }

    void IPowerSwitch.Request(VmEventKind kind) => _asked.Add(kind);
}
