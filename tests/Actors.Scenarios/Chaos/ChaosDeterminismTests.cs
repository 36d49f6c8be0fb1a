using System.Globalization;
using System.Text;
using System.Text.Json;
using Actors.Cli;
using Actors.Simulation;

namespace Actors.Scenarios;

/// <summary>Same build, seed and plan: same trace, byte for byte, in any process, with any settings of the runtime and any number of threads.</summary>
public sealed class ChaosDeterminismTests
{
    private const int Seeds = 20;

    /// <summary>Two VMs with two vCPUs, and a schedule of every kind.</summary>
    private const string Reference = """
        name: reference
        topology: { vms: 2, vcpus: 2 }
        workload: { kind: console-write, bytes: 512 }
        """;

    public static TheoryData<string> Settings => ["TieredCompilation=0", "TieredPGO=0", "gcServer=1", "ReadyToRun=0", ""];

    /// <summary>The plans in the box.</summary>
    public static TheoryData<string> Plans
    {
        get
        {
            var names = new TheoryData<string> { "reference" };
            foreach (var name in ShippedPlans.Names)
                names.Add(name);
            return names;
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task Another_process_with_other_settings_gives_the_same_traces(string setting)
    {
        using var folder = new TemporaryFolder();
        var file = Written(folder);

        Assert.Equal(Here(file), await ElsewhereAsync(file, setting, jobs: 2));
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public async Task Every_plan_in_the_box_gives_the_same_traces_in_another_process(string plan)
    {
        using var folder = new TemporaryFolder();
        var named = plan == "reference" ? Written(folder) : plan;

        Assert.Equal(Here(named), await ElsewhereAsync(named, "TieredPGO=0", jobs: 1));
    }

    private static string Written(TemporaryFolder folder)
    {
        var file = Path.Combine(folder.Path, "reference.chaos.yaml");
        File.WriteAllText(file, Reference);
        return file;
    }

    private static string Here(string plan)
    {
        Assert.True(PlanSource.Load(plan).TryGet(out var loaded, out var mistake), mistake?.Sentence);
        var result = new Campaign(new CampaignRequest(loaded) { Seeds = Seeds, Jobs = 2 }, TimeProvider.System).Run(CancellationToken.None);
        return result.TraceHash.ToString("x16", CultureInfo.InvariantCulture);
    }

    private static async Task<string> ElsewhereAsync(string plan, string setting, int jobs)
    {
        var variables = setting.Length == 0 ? [] : new Dictionary<string, string> { ["DOTNET_" + setting.Split('=')[0]] = setting.Split('=')[1] };
        var end = await ActorsProcess.RunAsync(
            string.Create(CultureInfo.InvariantCulture, $"chaos run {plan} --seeds {Seeds} --jobs {jobs} --json"), variables: variables);
        Assert.NotEqual(2, end.Status);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(end.Output));
        return json.RootElement.GetProperty("traceHash").GetString()!;
    }
}
