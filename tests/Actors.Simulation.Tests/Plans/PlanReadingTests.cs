using System.Text;
using Actors.Protocol;

namespace Actors.Simulation.Tests;

public sealed class PlanReadingTests
{
    private const string Example = """
        name: console-lossless-under-dm-crash
        promise: No completed byte is lost or doubled under block.
        strategy: pct
        topology:
          vms: 2
          vcpus: 2
          memory: 256M
          latency: { min: 10us, mean: 20us }
          devices: [ { vm: 0, kind: console, ports: 4, policy: buffer=16KiB, backend: file, transport: modern, ioeventfd: true, asyncio: true } ]
        workload: { kind: console-write, bytes: 64KiB, chain: 512 }
        faults:
          - { id: irq-loss, row: F01, site: irq.raise, do: drop, p: 0.02, activation: 0.25, select: { vm: 0 }, window: [0s, 5s] }
          - { id: dup-ioreq, site: hsm.dispatch, do: duplicate, p: 0.01, gap: exp(2ms) }
          - { id: crash-gap, site: dm.after-used-idx, do: crash, nth: random, times: 3, restart: exp(50ms), heal: 1.5s }
          - { id: backend, site: backend.write, do: short, len: uniform(1, 4), when: { state: 2 }, setState: 1, space: 4k }
        budget: { maxSteps: 2e6, maxVirtual: 60s, concurrentFaults: 3, recoverable: true }
        liveness: { T1: 2s, T4: 10s }
        check: [ I1, I3, I9..I11, L4 ]
        except:
          - oracle: L1
            reason: The wake-up that is lost is never repeated.
        sometimes: [ dm.restarted-with-inflight ]
        """;

    [Fact]
    public void A_plan_says_what_its_file_says()
    {
        var reading = PlanFile.Parse("x", Example);

        Assert.Empty(reading.Errors);
        var plan = reading.Plan!;
        Assert.Equal("console-lossless-under-dm-crash", plan.Name);
        Assert.Equal(StrategyKind.Pct, plan.Strategy);
        Assert.Equal((2, 2, 256UL << 20), (plan.Topology.Vms, plan.Topology.Vcpus, plan.Topology.MemoryBytes));
        Assert.Equal(new PlanLatency(TimeSpan.FromMicroseconds(10), TimeSpan.FromMicroseconds(20)), plan.Topology.Latency);
        Assert.Equal(
            new PlanDevice { Vm = 0, Ports = 4, Policy = new(PortPolicyKind.Buffer, 16384), Backend = BackendKind.File, Transport = VirtioTransportKind.Modern, Asyncio = true },
            Assert.Single(plan.Topology.Devices));
        Assert.Equal(65536, plan.Workload.Bytes);
        Assert.Equal("512", plan.Workload.Options["chain"]);
        Assert.Equal(["irq-loss", "dup-ioreq", "crash-gap", "backend"], plan.Faults.Select(rule => rule.Id));
        Assert.Equal((0.02, 0.25, 0, TimeSpan.FromSeconds(5)), (plan.Faults[0].Probability, plan.Faults[0].Activation, plan.Faults[0].Select.Vm, plan.Faults[0].Until));
        Assert.Equal("F01 F14 F35 F45", string.Join(' ', plan.Faults.Select(rule => rule.Row)));
        Assert.Equal("exp(2ms)", plan.Faults[1].Parameters["gap"]);
        Assert.Equal((-1, 3, new FaultAmount(FaultAmountKind.Constant, 15_000_000)), (plan.Faults[2].Nth, plan.Faults[2].Times, plan.Faults[2].HealAfter));
        Assert.Equal("uniform(1, 4)", plan.Faults[3].Parameters["len"]);
        Assert.Equal((2, 1, 4096L), (plan.Faults[3].WhenState, plan.Faults[3].NewState, plan.Faults[3].Space));
        Assert.Equal((2_000_000, 3), (plan.Budget.MaxSteps, plan.Budget.ConcurrentFaults));
        Assert.Equal((TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)), (plan.Liveness.T1, plan.Liveness.T2));
        Assert.Equal("I1 I3 I9 I10 I11 L4", string.Join(' ', plan.Check));
        Assert.Equal("L1", Assert.Single(plan.Except).Oracle);
        Assert.Equal("dm.restarted-with-inflight", Assert.Single(plan.Sometimes));
    }

    [Fact]
    public void A_name_is_all_a_plan_needs()
    {
        var plan = PlanFile.Parse("x", "name: small").Plan!;

        Assert.Equal(new Plan { Name = "small" }.Hash, plan.Hash);
    }

    [Theory]
    [InlineData("nmae: x", "x:1:1: a plan has no key 'nmae', did you mean 'name'?")]
    [InlineData("name: x\nfalts: []", "x:2:1: a plan has no key 'falts', did you mean 'faults'?")]
    [InlineData("name: x\nstrategy: ptc", "x:2:11: 'strategy' is one of portfolio, random, pct, pos, delay-bounded and round-robin, not 'ptc', did you mean 'pct'?")]
    [InlineData("name: x\nname: y", "x:2:1: 'name' stands here a second time, the first is in line 1")]
    [InlineData("name: x\npromise:", "x:2:1: 'promise' has no value, give one or remove the key")]
    [InlineData("name: x\npromise: [a]", "x:2:10: 'promise' is a text, not a list")]
    [InlineData("name: x\ntopology: 3", "x:2:11: the topology is a mapping (key: value), not '3'")]
    [InlineData("name: x\ntopology:\n  vms: 0", "x:3:8: 'vms' is a whole number from 1 to 64, not '0'")]
    [InlineData("name: x\ntopology:\n  vcpus: 1.5", "x:3:10: 'vcpus' is a whole number from 1 to 16, not '1.5'")]
    [InlineData("name: x\ntopology:\n  memory: 128x", "x:3:11: 'memory' is a number of bytes such as 4096, 64KiB or 1M, not '128x'")]
    [InlineData("name: x\ntopology:\n  memory: 1048577", "x:3:11: 'memory' is a multiple of 4KiB, the size of a page")]
    [InlineData("name: x\ntopology:\n  devices: [{vm: 1}]", "x:3:18: 'vm' is a whole number from 0 to 0, not '1'")]
    [InlineData("name: x\ntopology:\n  devices: [{policy: blok}]", "x:3:22: 'policy' is block, drop or buffer=64KiB, not 'blok', did you mean 'block'?")]
    [InlineData("name: x\ntopology:\n  latency: fast", "x:3:12: 'latency' is a time such as 10us, exp(20us), or { min: 10us, mean: 20us }, not 'fast'")]
    [InlineData("name: x\nworkload: {kind: console-wrte}", "x:2:18: there is no workload 'console-wrte', did you mean 'console-write'?")]
    [InlineData("name: x\nworkload: {kind: console-write, chian: 3}", "x:2:33: the workload has no key 'chian', did you mean 'chain'?")]
    [InlineData("name: x\nworkload: {chain: 0}", "x:2:19: 'chain' is 1 to 65536, not '0'")]
    [InlineData("name: x\nworkload: {framing: oneBite}", "x:2:21: 'framing' is fixed, random, oneByte, multi, not 'oneBite', did you mean 'oneByte'?")]
    [InlineData("name: x\nworkload: {queue: 3}", "x:2:19: 'queue' is 0 or a power of two, 0 to 32768, not '3'")]
    [InlineData("name: x\nworkload: {kind: bursts, pause: 90000s}", "x:2:33: 'pause' is at most a day, not '90000s'")]
    [InlineData("name: x\nworkload: {kind: smp-copy}", "x:2:11: workload 'smp-copy' needs a device with two ports")]
    [InlineData("name: x\ntopology: {nodes: 2, roles: [boss, both]}", "x:2:30: a role is both, guest or service, not 'boss'")]
    [InlineData("name: x\ntopology: {nodes: 2, cluster: {network: soon}}", "x:2:41: 'network' is a time such as 10us")]
    [InlineData("name: x\n\tpromise: y", "x:1:7: this isn't YAML: While scanning a plain scalar, found a tab character that violate indentation")]
    [InlineData("name: x\nbudget: {maxVirtual: 5 parsecs}", "x:2:22: 'maxVirtual' is a time such as 500us, 2ms or 1.5s, at most a day, in steps of 100ns, not '5 parsecs'")]
    [InlineData("name: x\nliveness: {T5: 1s}", "x:2:12: the liveness part has no key 'T5', did you mean 'T1'?")]
    [InlineData("name: x\ncheck: [I99]", "x:2:9: there is no oracle 'I99'")]
    [InlineData("name: x\ncheck: [everything]", "x:2:9: an oracle is named by its id such as I14 or L3, or a range such as I9..I15, not 'everything'")]
    [InlineData("name: x\nexcept: [{oracle: I1}]", "x:2:10: an exception needs 'reason:'")]
    [InlineData("name: x\nsometimes: [a b]", "x:2:13: a point is a name such as dm.restarted-with-inflight, not 'a b'")]
    [InlineData("- name: x", "x:1:1: a plan is a mapping (key: value), not a list")]
    [InlineData("", "x: the file is empty, a plan begins with 'name:'")]
    [InlineData("name: &a x", "x:1:7: a plan has no anchors, remove &a")]
    [InlineData("name: x\npromise: *a", "x:2:10: a plan has no aliases, write out what *a stands for")]
    [InlineData("name: !!int x", "x:1:7: a plan has no tags, remove tag:yaml.org,2002:int")]
    [InlineData("name: x\n---\nname: y", "x:2:1: a second document begins here, a file holds one plan")]
    [InlineData("name: \"x", "x:1:7: this isn't YAML")]
    public void A_mistake_is_named_with_its_place(string text, string expected)
    {
        var errors = PlanFile.Parse("x", text).Errors;

        Assert.Contains(errors, error => error.ToString().StartsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("id: a, site: irq.rais, do: drop", "there is no site 'irq.rais', did you mean 'irq.raise'?")]
    [InlineData("id: a, site: irq.raise, do: drop, p: 1.5", "'p' is a number from 0 to 1, not '1.5'")]
    [InlineData("id: a, site: irq.raise, do: drop, p: 0", "a fault with 'p: 0' never fires, remove it")]
    [InlineData("id: a, site: irq.raise, do: drop, nth: 0", "'nth' is the number of a visit from 1, 'any', or 'random' for one drawn in each run, not '0'")]
    [InlineData("id: a, site: irq.raise, do: drop, burst: 0", "'burst' is a whole number from 1 to 1000000000, not '0'")]
    [InlineData("id: a, site: irq.raise, do: drop, window: [5s, 1s]", "'window' is two times, the first before the second, such as [0s, 5s] or [1s, end]")]
    [InlineData("id: a, site: irq.raise, do: drop, select: {vn: 0}", "a selector has no key 'vn', did you mean 'vm'?")]
    [InlineData("id: a, site: irq.raise, do: drop, select: {vm: 1}", "'vm' is a whole number from 0 to 0, not '1'")]
    [InlineData("id: a, site: irq.raise, do: drop, heal: soon", "'heal' is a time such as 2ms, exp(2ms) or uniform(1ms, 4ms), not 'soon'")]
    [InlineData("id: a, row: 35", "there is no fault '35', did you mean 'F35'?")]
    [InlineData("id: a, row: F35, site: irq.raise", "F35 isn't at irq.raise, but at dm.after-used-idx")]
    [InlineData("id: a, row: F35, do: burn", "F35 has no 'burn', there is crash")]
    [InlineData("id: a, site: backend.write, do: shrt", "there is no 'shrt' at backend.write, did you mean 'short'?")]
    [InlineData("id: a, do: drop", "a fault needs 'site:' and 'do:', or 'row:'")]
    [InlineData("id: a, row: F01, when: {}", "a condition needs 'state:'")]
    [InlineData("id: a, row: F02, copies: 1e300", "'copies' is a number such as 4, exp(4) or uniform(1, 4), not '1e300'")]
    [InlineData("id: a, row: F04, dealy: 2ms", "a fault has no key 'dealy', did you mean 'delay'?")]
    [InlineData("id: a, row: F04, delay: 2", "'delay' is a time such as 2ms, exp(2ms) or uniform(1ms, 4ms), not '2'")]
    [InlineData("id: a, row: F45, len: uniform(4, 1)", "'len' is a number such as 4, exp(4) or uniform(1, 4), not 'uniform(4, 1)'")]
    [InlineData("id: a, row: F52, do: corrupt, fill: zerro", "'fill' is one of zero and random, not 'zerro', did you mean 'zero'?")]
    [InlineData("id: a, row: F45, select: {vcpu: 0}", "F45 short can't be told by 'vcpu', only by vm, device and port")]
    [InlineData("id: a, row: F45, select: {device: first}", "'device' is the number of a VM's device from 0, or its function such as 0.3.0, not 'first'")]
    [InlineData("site: irq.raise, do: drop", "a fault needs 'id:'")]
    public void A_mistake_in_a_fault_is_named(string fault, string expected)
    {
        var error = PlanFile.Parse("x", $"name: x\nfaults:\n  - {{ {fault} }}\n").Errors[0];

        Assert.Equal(3, error.Line);
        Assert.Equal(expected, error.What);
    }

    [Fact]
    public void A_row_alone_means_its_first_kind_at_its_first_site()
    {
        var rule = Assert.Single(PlanFile.Parse("x", "name: x\nfaults: [{ id: a, row: F35 }]").Plan!.Faults);

        Assert.Equal(("F35", "dm.after-used-idx", "crash"), (rule.Row, rule.Site, rule.Do));
    }

    [Fact]
    public void Every_kind_of_the_catalog_is_read_at_each_of_its_sites_with_its_defaults()
    {
        Assert.All(FaultCatalog.All, kind => Assert.All(kind.Sites, site =>
        {
            var parameters = string.Concat(kind.Parameters.Select(parameter => $", {parameter.Name}: '{parameter.Default}'"));
            var reading = PlanFile.Parse("x", $"name: x\ntopology: {{ nodes: 3 }}\nfaults: [{{ id: a, row: {kind.Row}, site: {site}, do: {kind.Do}{parameters} }}]");

            Assert.True(reading.Errors.IsEmpty, string.Join('\n', reading.Errors));
            Assert.Same(kind, FaultCatalog.Find(reading.Plan!.Faults[0]));
        }));
    }

    [Theory]
    [InlineData("2e3", 2000)]
    [InlineData("2_000", 2000)]
    [InlineData("1e15", 1e15)]
    public void A_drawn_number_is_written_as_other_numbers_are(string text, double number)
    {
        Assert.True(Quantity.TryAmount(text, isTime: false, out var amount));
        Assert.Equal(new FaultAmount(FaultAmountKind.Constant, number), amount);
    }

    [Fact]
    public void A_role_that_is_unknown_is_the_only_mistake() =>
        Assert.Single(PlanFile.Parse("x", "name: x\ntopology: { nodes: 2, roles: [boss, both] }").Errors);

    [Fact]
    public void Every_oracle_in_the_box_can_be_named_by_a_plan() =>
        Assert.All(OracleCatalog.For(new Plan { Name = "x" }), oracle => Assert.Contains(oracle.Id, PlanVocabulary.Oracles));

    [Fact]
    public void Two_faults_of_one_id_are_refused()
    {
        var reading = PlanFile.Parse("x", "name: x\nfaults:\n- {id: a, site: irq.raise, do: drop}\n- {id: a, site: irq.raise, do: drop}\n");

        Assert.Equal("x:4:8: the fault in line 3 is called 'a' already, ids are unique within a plan", Assert.Single(reading.Errors).ToString());
    }

    [Fact]
    public void All_mistakes_of_a_file_are_named()
    {
        var reading = PlanFile.Parse("x", "nme: x\ntopology: { vms: 0, vcpus: 99 }\ncheck: [I99]\nfaults: [{ id: a, site: nowhere, do: x }]\n");

        Assert.Null(reading.Plan);
        Assert.Equal([1, 1, 2, 2, 3, 4], reading.Errors.Select(error => error.Line));
    }

    [Fact]
    public void A_file_that_is_too_big_is_refused_without_being_parsed()
    {
        var reading = PlanFile.Parse("x", new byte[PlanFile.MaxBytes + 1]);

        Assert.Equal("x: this file has more than 1MiB, the most that a plan may have", Assert.Single(reading.Errors).ToString());
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_at_their_place()
    {
        var reading = PlanFile.Parse("x", [.. "name: é\nx"u8, 0xC3, 0x28]);

        Assert.Equal("x:2:2: this isn't UTF-8 text", Assert.Single(reading.Errors).ToString());
    }

    [Fact]
    public void A_file_that_is_not_there_is_an_error_like_others()
    {
        Assert.Equal("/nowhere/x.chaos.yaml: there is no such file", Assert.Single(PlanFile.Read("/nowhere/x.chaos.yaml").Errors).ToString());
        Assert.Single(PlanFile.Read(Path.GetTempPath()).Errors);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('-')]
    [InlineData('?')]
    [InlineData('\t')]
    [InlineData('"')]
    public void Deep_or_endless_structures_are_refused(char letter)
    {
        var text = "name: x\npromise: " + new string(letter, 200_000);

        Assert.NotEmpty(PlanFile.Parse("x", text).Errors);
    }

    [Theory]
    [InlineData("name: x\nworkload:\n \t: 5\nbudget:\n  maxSteps: 1\n")]
    [InlineData("name: x\ntopology:\n  devices:\n   :    vm: 0\n      ports: 5\n")]
    [InlineData("name: x\nbudget: {maxSteps: 1, : }\nliveness\n")]
    public void What_the_parser_leaves_unfinished_is_refused_too(string text) => Assert.NotEmpty(PlanFile.Parse("x", text).Errors);

    [Fact]
    public void Aliases_do_not_grow_a_small_file()
    {
        var bomb = new StringBuilder("a0: &a0 [x]\n");
        for (var i = 1; i < 40; i++)
            bomb.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n");

        var reading = PlanFile.Parse("x", bomb.ToString());

        Assert.Null(reading.Plan);
        Assert.InRange(reading.Errors.Length, 1, PlanErrors.MaxErrors);
    }
}
