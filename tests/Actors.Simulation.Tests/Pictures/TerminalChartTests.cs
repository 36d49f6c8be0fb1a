namespace Actors.Simulation.Tests;

public sealed class TerminalChartTests
{
    [Fact]
    public void The_life_of_an_exit_is_read_from_top_to_bottom()
    {
        var lines = Lines(Recordings.Chart(Recordings.Kicked(), new TraceSelection(exit: 5)), 100);

        string[] story = ["VmExit #5 mmio write16 0x80007004 = 0x1", "├──", "AcrnIntrHandler", "IoreqDispatch  ioreq_dispatch", "NotifyRequestFinish", "VmEntry #5", "IothreadHandler", "BackendWrite console 14", "took 14 B", "EndChains", "InjectInterrupt", "VcpuInterrupt 48"];
        var at = 0;
        foreach (var word in story)
        {
            at = Array.FindIndex(lines, at, line => line.Contains(word, StringComparison.Ordinal));
            Assert.True(at >= 0, $"'{word}' is missing, or in another place:\n{string.Join('\n', lines)}");
        }

        Assert.Equal(["vcpu-0", "hypervisor", "HSM", "pci-0.3.0", "port-0", "backend console"], lines[..6].Select(line => line.Trim(' ', '│')));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    [InlineData(TerminalChart.MinWidth)]
    public void No_line_is_wider_than_the_terminal(int width)
    {
        foreach (var chart in new[] { Recordings.Chart(Recordings.World().File), Recordings.Chart(Recordings.Kicked(Recordings.Hostile)) })
        {
            if (chart.Columns.Length > TerminalChart.MaxLanes(width))
                continue;
            var lines = Lines(chart, width);

            Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
            Assert.Contains(lines, line => line.Length > width / 2);
        }
    }

    [Fact]
    public void A_name_from_outside_can_t_move_the_cursor() =>
        Assert.All(Lines(Recordings.Chart(Recordings.Kicked(Recordings.Hostile)), 120), line => Assert.DoesNotContain(line, letter => char.IsControl(letter) || letter == '\u202e'));

    [Fact]
    public void What_faults_did_is_told_from_what_went_well()
    {
        var lines = Lines(Recordings.Chart(Recordings.World().File), 160);

        Assert.Contains(lines, line => line.Contains("lost-irq: drop", StringComparison.Ordinal) && line.Contains('!'));
        Assert.Contains(lines, line => line.Contains(" lost", StringComparison.Ordinal) && line.Contains('x'));
        Assert.Contains(lines, line => line.Contains("faults may fire", StringComparison.Ordinal));
    }

    private static string[] Lines(Chart chart, int width) => [.. TerminalChart.Lines(chart, width).Select(line => line.ToString())];
}
