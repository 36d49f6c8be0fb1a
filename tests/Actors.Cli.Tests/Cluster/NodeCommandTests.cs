using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Actors.Cluster;

namespace Actors.Cli.Tests;

public sealed class NodeCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("actors-node-").FullName;
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Nothing_said_is_a_node_of_both_roles_on_this_machine()
    {
        var options = Read("");
        Assert.Equal(["guest", "service"], options.Roles.ToArray());
        Assert.Equal(("127.0.0.1", 4053, 9100, NodeProfile.Production), (options.Host, options.Port, options.Http, options.Profile));
        Assert.Empty(options.Join);
    }

    [Fact]
    public void Every_option_is_understood()
    {
        var options = Read("--roles service --host 10.0.0.7 --bind 0.0.0.0 --port 0 --join a:1 b:2,c:3 --http off --profile tuned --allow-remote");
        Assert.Equal(["service"], options.Roles.ToArray());
        Assert.Equal(("10.0.0.7", "0.0.0.0", 0, null, NodeProfile.Tuned), (options.Host, options.Bind, options.Port, options.Http, options.Profile));
        Assert.Equal(["a:1", "b:2", "c:3"], options.Join.ToArray());
    }

    [Fact]
    public void The_environment_says_the_same()
    {
        _environment["ACTORS_ROLES"] = "guest";
        _environment["ACTORS_PORT"] = "7";
        _environment["ACTORS_JOIN"] = "a:1, b:2";
        _environment["ACTORS_HTTP"] = "off";
        _environment["ACTORS_HOST"] = "node-0.nodes";
        _environment["ACTORS_ALLOW_REMOTE"] = "on";
        var options = Read("");
        Assert.Equal(["guest"], options.Roles.ToArray());
        Assert.Equal(("node-0.nodes", 7, null), (options.Host, options.Port, options.Http));
        Assert.Equal(["a:1", "b:2"], options.Join.ToArray());
    }

    [Fact]
    public void The_file_says_the_same()
    {
        var options = Read($"--config {Write("node.yaml", "roles: [guest, service]\nport: 8\njoin:\n- a:1\n- b:2\nhttp: 0\nprofile: tests\nallow-remote: true\nhost: 10.1.1.1\n")}");
        Assert.Equal((8, 0, NodeProfile.Tests, "10.1.1.1"), (options.Port, options.Http, options.Profile, options.Host));
        Assert.Equal(["a:1", "b:2"], options.Join.ToArray());
    }

    [Fact]
    public void The_command_line_goes_before_the_environment_and_that_before_the_file()
    {
        var file = Write("node.yaml", "port: 1\nhttp: 1\nprofile: tests\n");
        _environment["ACTORS_CONFIG"] = file;
        _environment["ACTORS_PORT"] = "2";
        _environment["ACTORS_HTTP"] = "2";
        var options = Read("--port 3");
        Assert.Equal((3, 2, NodeProfile.Tests), (options.Port, options.Http, options.Profile));
    }

    [Fact]
    public void A_list_of_nodes_that_names_none_is_no_wish_for_a_cluster_of_its_own()
    {
        Assert.Equal($"{Path.Combine(_folder, "node.yaml")}:1: join names no node, write host:port or leave it away", Refuse($"--config {Write("node.yaml", "join:\nport: 8\n")}"));
        _environment["ACTORS_JOIN"] = " , ";
        Assert.StartsWith("ACTORS_JOIN names no node", Refuse(""), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_variable_says_nothing()
    {
        _environment["ACTORS_PORT"] = "";
        Assert.Equal(4053, Read("").Port);
    }

    [Theory]
    [InlineData("--roles gest", "did you mean 'guest'?")]
    [InlineData("--roles ,", "names no role")]
    [InlineData("--port 70000", "--port is a port")]
    [InlineData("--port -1", "--port is a port")]
    [InlineData("--http no", "off is none")]
    [InlineData("--join here", "host:port")]
    [InlineData("--join ,", "--join names no node")]
    [InlineData("--join a:0", "host:port")]
    [InlineData("--profile slow", "--profile")]
    [InlineData("--host 10.0.0.1", "--allow-remote")]
    [InlineData("--bind 0.0.0.0", "--allow-remote")]
    [InlineData("--host 0.0.0.0 --allow-remote", "--bind 0.0.0.0")]
    [InlineData("--host a/b", "--host takes a name")]
    [InlineData("--tls /nowhere", "actors certificates")]
    [InlineData("--config /nowhere", "no configuration file")]
    [InlineData("--config /proc", "configuration file '/proc' can't be read: it is a directory")]
    [InlineData("--hocon /nowhere", "there is no such file")]
    [InlineData("--hocon /dev/zero", "has more than 1 MiB")]
    [InlineData("--config /dev/zero", "has more than 64 KiB")]
    [InlineData("--hocon /proc", "can't be read: it is a directory")]
    public void A_mistake_is_one_sentence(string arguments, string part) => Assert.Contains(part, Refuse(arguments), StringComparison.Ordinal);

    [Theory]
    [InlineData("prot: 1", "node.yaml:1: there is no option 'prot', did you mean 'port'?")]
    [InlineData("port: [1, 2]", "takes one value")]
    [InlineData("join: {a: b}", "takes one value or a list")]
    [InlineData("- a", "no list of 'option: value' lines")]
    [InlineData("port: 1\n port: 2", "node.yaml:")]
    [InlineData("http: 0\nallow-remote: maybe", "node.yaml:2: allow-remote is on or off, not 'maybe'")]
    [InlineData("http: 0\nport: 99999", "node.yaml:2: port is a port from 1 to 65535, or 0 for any that is free, not '99999'")]
    [InlineData("\n\nhttp: no", "node.yaml:3: http is a port from 1 to 65535, or 0 for any that is free, not 'no'; off is none")]
    [InlineData("port:", "node.yaml:1: port is a port from 1 to 65535, or 0 for any that is free, not ''")]
    [InlineData("roles:\n- guest\n- servce", "node.yaml:2: roles has no role 'servce', did you mean 'service'?")]
    [InlineData("roles: []", "node.yaml:1: roles names no role")]
    [InlineData("join:\n- a:1\n- b", "node.yaml:3: join takes nodes as host:port, not 'b'")]
    [InlineData("profile: slow", "node.yaml:1: profile is production, tuned, tests or patient, not 'slow'")]
    [InlineData("host: a/b", "node.yaml:1: host takes a name or an IPv4 address, not 'a/b'")]
    [InlineData("bind: 0.0.0.0", "node.yaml:1: bind 0.0.0.0 is more: add --tls DIR")]
    [InlineData("host: 0.0.0.0", "node.yaml:1: host 0.0.0.0 is no address that others can be told")]
    [InlineData("hocon: /nowhere", "node.yaml:1: hocon '/nowhere': there is no such file")]
    [InlineData("tls: /nowhere", "node.yaml:1: tls '/nowhere' has no ca.pem")]
    [InlineData("tls: ''", "node.yaml:1: tls '' has no ca.pem, actors certificates --out DIR makes")]
    public void A_mistake_in_the_file_is_named_with_its_line(string text, string part) =>
        Assert.Contains(part, Refuse($"--config {Write("node.yaml", text)}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("ACTORS_ALLOW_REMOTE", "perhaps", "ACTORS_ALLOW_REMOTE is on or off, not 'perhaps'")]
    [InlineData("ACTORS_PORT", "tcp://10.0.0.1:4053", "ACTORS_PORT is a port from 1 to 65535, or 0 for any that is free, not 'tcp://10.0.0.1:4053'")]
    [InlineData("ACTORS_JOIN", "a:1,b", "ACTORS_JOIN takes nodes as host:port, not 'b'")]
    [InlineData("ACTORS_BIND", "0.0.0.0", "and ACTORS_BIND 0.0.0.0 is more")]
    [InlineData("ACTORS_HOCON", "/nowhere", "ACTORS_HOCON '/nowhere': there is no such file")]
    public void A_mistake_in_the_environment_is_named(string variable, string value, string part)
    {
        _environment[variable] = value;
        Assert.Contains(part, Refuse(""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("otlp: x", "node.yaml:1: otlp is an address such as http://127.0.0.1:4318, not 'x'")]
    [InlineData("json: maybe", "node.yaml:1: json is on or off, not 'maybe'")]
    public void What_a_node_says_and_sends_stands_in_the_file_too(string text, string sentence)
    {
        using var error = new StringWriter();
        var file = Write("node.yaml", text);

        Assert.Equal(ExitStatus.Mistake, new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(["node", "--config", file], TextWriter.Null, error));
        Assert.Equal($"actors: {file[..^"node.yaml".Length]}{sentence}{Environment.NewLine}", error.ToString());
    }

    [Fact]
    public void Every_option_has_its_variable_and_its_key()
    {
        // A leash is about the one process that it is said to: nodes of a script that has it in its environment would all end at once. An experiment's clock comes by the leash.
        var options = new NodeCommand(_ => null).Command.Options.Select(option => option.Name[2..]).Except(["leash", "experiment"]).ToArray();

        Assert.Equal(options.Order(), NodeEnvironment.Names.Select(name => name.ToLowerInvariant().Replace('_', '-')).Order());
        Assert.Equal(options.Where(name => name != "config").Order(), NodeFile.Keys.Order());
    }

    [Fact]
    public void A_clock_of_an_experiment_needs_somebody_who_sets_it()
    {
        using var error = new StringWriter();
        Assert.Equal(ExitStatus.Mistake, new CommandLine(new ScriptedRunner(ScriptedRunner.PowerOff), _ => null).Invoke(["node", "--port", "0", "--http", "off", "--experiment"], TextWriter.Null, error));
        Assert.Contains("--experiment takes the clock from standard input, which a node reads with --leash only: add --leash", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Mistakes_leave_with_status_2()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(ExitStatus.Mistake, new CommandLine(new ScriptedRunner((_, _, _) => throw new InvalidOperationException()), _ => null).Invoke(["node", "--roles", "gest"], output, error));
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>From outside, since what Akka has to say would be on the process's own standard error.</summary>
    [Fact]
    public async Task A_port_in_use_is_one_line()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;

        await AssertRefusedAsync($"actors: 127.0.0.1:{port} can't be listened on: Address already in use; take another --port or --host", "--port", $"{port}", "--http", "off");
    }

    [Fact]
    public void A_section_that_is_never_closed_is_one_line()
    {
        var file = Write("cut.hocon", "akka {\n  loglevel = INFO\n");

        Assert.Equal($"--hocon '{file}', line 1: the '{{' that is opened here is never closed, add '}}' where its section ends", Refuse($"--hocon {file}"));
    }

    [Fact]
    public void An_included_file_is_refused_by_name()
    {
        var file = Write("other.hocon", "akka.loglevel = INFO\ninclude \"more.conf\"\n");

        Assert.Equal($"--hocon '{file}' includes 'more.conf', and other files aren't read: write its settings in this one", Refuse($"--hocon {file}"));
    }

    [Fact]
    public async Task A_setting_of_another_kind_is_one_line()
    {
        var file = Path.Combine(_folder, "soon.hocon");
        await File.WriteAllTextAsync(file, "akka.cluster.failure-detector.acceptable-heartbeat-pause = soon");

        await AssertRefusedAsync($"actors: Akka can't start with what --hocon '{file}' says: The input string 'soon'", "--port", "0", "--http", "off", "--hocon", file);
    }

    [Fact]
    public async Task A_setting_that_Akka_doesn_t_know_is_one_line()
    {
        var file = Path.Combine(_folder, "loud.hocon");
        await File.WriteAllTextAsync(file, "akka.loglevel = LOUD");

        await AssertRefusedAsync($"actors: Akka can't start with what --hocon '{file}' says: Unknown LogLevel: \"LOUD\".", "--port", "0", "--http", "off", "--hocon", file);
    }

    [Fact]
    public void Certificates_are_made_once()
    {
        var folder = Path.Combine(_folder, "tls");
        using var output = new StringWriter();
        using var error = new StringWriter();
        var line = new CommandLine(new ScriptedRunner((_, _, _) => throw new InvalidOperationException()), _ => null);
        Assert.Equal(ExitStatus.Ok, line.Invoke(["certificates", "--out", folder, "--names", "node-0,10.0.0.1"], output, error));
        Assert.Equal(ExitStatus.Mistake, line.Invoke(["certificates", "--out", folder], output, error));
        Assert.Contains("exists already", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ExitStatus.Mistake, line.Invoke(["certificates", "--out", "/proc/none"], output, error));
        Assert.EndsWith("actors: --out can't make certificates in '/proc/none': nothing can be made in '/proc', name another folder" + Environment.NewLine, error.ToString(), StringComparison.Ordinal);
        Assert.Equal(folder, Read($"--tls {folder} --host 10.0.0.1").Tls);
    }

    private static async Task AssertRefusedAsync(string begins, params string[] arguments)
    {
        using var node = ActorsProcess.Start(["node", .. arguments]);

        Assert.Equal(ExitStatus.Mistake, await node.EndAsync());
        Assert.StartsWith(begins, Assert.Single(node.Errors), StringComparison.Ordinal);
    }

    private NodeOptions Read(string arguments)
    {
        Assert.True(Parse(arguments).TryGet(out var options, out var mistake), mistake?.Sentence);
        return options;
    }

    private string Refuse(string arguments)
    {
        Assert.False(Parse(arguments).TryGet(out _, out var mistake));
        Assert.DoesNotContain('\n', mistake.Sentence);
        return mistake.Sentence;
    }

    private Parsed<NodeOptions> Parse(string arguments)
    {
        var command = new NodeCommand(_environment.GetValueOrDefault);
        return command.Read(command.Command.Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))).TryGet(out var said, out var mistake) ? NodeParser.Parse(said) : mistake;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
