namespace Actors.Cli.Tests;

/// <summary>A test of more consoles than there may be sockets is refused before it begins.</summary>
public sealed class DescriptorLimitTests
{
    private const string Limits = """
        Limit                     Soft Limit           Hard Limit           Units
        Max processes             96365                96365                processes
        Max open files            1024                 20000                files
        Max locked memory         8388608              8388608              bytes
        """;

    [Fact]
    public void More_VMs_than_descriptors_allow_are_refused_with_how_many_fit_and_what_to_do() =>
        Assert.Equal(
            "10,000 VMs need 30,500 descriptors in this process and 20,000 are allowed, so take at most 6,500 VMs, allow more (ulimit -n 30500), or give VMs processes of their own (--nodes)",
            DescriptorLimit.Check(10_000, 3, Limits)!.Sentence);

    [Theory]
    [InlineData(6_500, 3, true)]
    [InlineData(6_501, 3, false)]
    [InlineData(9_750, 2, true)]
    [InlineData(9_751, 2, false)]
    public void The_hard_limit_counts_and_some_are_spared(int vms, int perVm, bool fits) => Assert.Equal(fits, DescriptorLimit.Check(vms, perVm, Limits) is null);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Max open files            unlimited            unlimited            files\n")]
    [InlineData("Max open files")]
    public void Where_nothing_is_known_nothing_is_refused(string? limits) => Assert.Null(DescriptorLimit.Check(1_000_000, 3, limits));
}
