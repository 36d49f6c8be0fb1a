using System.Text;
using Actors.Protocol;

namespace Actors.Cli.Tests;

public sealed class TraceFormatTests
{
    [Fact]
    public void A_step_of_an_exit_has_its_columns() => Assert.Equal(
        "vm-1    0     12        VmExit               VM exit                                                                  pio write16 0x2010 = 0x1",
        Line(new PathStep(PathHop.VmExit, new VmId(1), 0, 12, IoAccess.Out(0x2010, 2, 1))));

    [Fact]
    public void A_step_of_a_device_has_neither_vcpu_nor_sequence_and_says_what_it_is_about() => Assert.Equal(
        "vm-1    -     -         BackendWrite                     port->cb = virtio_console_backend_write                      -                                        console 14",
        Line(new PathStep(PathHop.BackendWrite, new VmId(1), -1, 0, default, 14, "console")));

    [Fact]
    public void The_header_s_words_stand_over_the_columns()
    {
        var line = Line(new PathStep(PathHop.VmExit, new VmId(1), 0, 12, IoAccess.Out(0x2010, 2, 1), 3, "name"));

        foreach (var (word, value) in new[] { ("vcpu", "0 "), ("sequence", "12"), ("step", "VmExit"), ("function", "VM exit"), ("access", "pio"), ("about", "name 3") })
            Assert.Equal(line.IndexOf(value, 4, StringComparison.Ordinal), TraceFormat.Header.IndexOf(word, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_step_shows_the_name_that_the_sources_give_it()
    {
        foreach (var hop in Enum.GetValues<PathHop>())
        {
            var line = Line(new PathStep(hop, new VmId(1), 0, 1, default));
            Assert.Contains(TraceFormat.Function(hop), line, StringComparison.Ordinal);
            Assert.NotEqual(hop.ToString(), TraceFormat.Function(hop));
            Assert.True(TraceFormat.Depth(hop) >= 0);
        }
    }

    [Fact]
    public void A_caller_is_indented_less_than_what_it_calls()
    {
        PathHop[] chain =
        [
            PathHop.VmExit, PathHop.EmulateIo, PathHop.InsertRequest, PathHop.FireHsmInterrupt, PathHop.AcrnIntrHandler, PathHop.IoreqIntrHandler,
            PathHop.IoreqDispatch, PathHop.WakeClient, PathHop.IoreqTask, PathHop.IoeventfdHandler, PathHop.IothreadHandler, PathHop.NotifyTx,
            PathHop.BackendWrite,
        ];

        Assert.Equal(chain.Select(TraceFormat.Depth).Order().Distinct(), chain.Select(TraceFormat.Depth));
    }

    [Fact]
    public void A_name_can_t_leave_its_line() => Assert.EndsWith(
        "a?b?[2J",
        Line(new PathStep(PathHop.BackendWrite, new VmId(1), -1, 0, default, 0, "a\nb\u001b[2J")),
        StringComparison.Ordinal);

    [Fact]
    public void The_widest_numbers_still_leave_a_space_between_columns()
    {
        var line = Line(new PathStep(PathHop.PciEmulMemHandler, new VmId(int.MaxValue), 15, ulong.MaxValue, IoAccess.Store(ulong.MaxValue, 8, ulong.MaxValue), long.MinValue, "n"));

        Assert.Equal(["vm-2147483647", "15"], line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2]);
        Assert.Contains(" PciEmulMemHandler ", line, StringComparison.Ordinal);
        Assert.EndsWith(" n -9223372036854775808", line, StringComparison.Ordinal);
    }

    private static string Line(PathStep step)
    {
        var text = new StringBuilder();
        TraceFormat.Append(text, step);
        return text.ToString();
    }
}
