using System.Globalization;
using System.Text;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>What a failure says, and what it leaves to see it again.</content>
public sealed partial class Machine
{
    private MachineFailureException Fail(string sentence, PathHop? wanted)
    {
        var exit = LastExit();
        var life = exit is null ? [] : ExitLife.Of(Recording, exit);
        return Fail(sentence, exit is null
            ? "No vCPU has left its guest since."
            : string.Create(CultureInfo.InvariantCulture, $"The life of the last exit, {exit.Access} of vCPU {exit.Vcpu}:\n{LifeColumns.Write(ExitLife.Expected(life, wanted), life)}"));
    }

    /// <summary>What the machine has to say when something else than itself failed its test, such as a plain assertion; null: it has said something already.</summary>
    internal MachineFailureException? Leave(Exception failure) =>
        _hasFailed || _hasEnded ? null : Fail($"The test failed: {failure.Message.ReplaceLineEndings(" ")} This is what its machine leaves.", null);

    /// <summary>A failure with what is shown of it.</summary>
    private MachineFailureException Fail(string sentence, string shown, Exception? inner = null)
    {
        _hasFailed = true;
        var text = new StringBuilder(sentence).Append('\n');
        if (shown.Length > 0)
            text.Append(shown).Append('\n');
        foreach (var (site, messages) in _order.Gate.Waiting)
            text.Append(CultureInfo.InvariantCulture, $"held: {site}, {messages} message(s) wait there\n");
        for (var vcpu = 0; vcpu < _order.Plan.Topology.Vcpus; vcpu++)
        {
            if (_line.Current(vcpu) is { } order)
                text.Append(CultureInfo.InvariantCulture, $"vCPU {vcpu} is still at: {order.Name}\n");
        }

        if (_host.Trouble is { } trouble && !sentence.Contains(trouble, StringComparison.Ordinal))
            text.Append("the world says: ").Append(trouble).Append('\n');
        var files = new List<string>();
        SayHowToSeeIt(text, sentence, files);
        return new MachineFailureException(text.ToString().TrimEnd('\n'), inner, files);
    }

    /// <summary>The last exit that left the hypervisor, whose own devices are seldom what a test is about; else the last of all.</summary>
    private IoExitEvent? LastExit()
    {
        var events = Recording.After(_floor);
        var own = events.OfType<EmulationEvent>().Where(done => done.Handler is not null).Select(done => (done.Vcpu, done.Request)).ToHashSet();
        return events.OfType<IoExitEvent>().LastOrDefault(exit => !own.Contains((exit.Vcpu, exit.Request))) ?? events.OfType<IoExitEvent>().LastOrDefault();
    }

    private void SayHowToSeeIt(StringBuilder text, string sentence, List<string> files)
    {
        var origin = _order.Origin;
        var log = _host.LogSoFar(sentence);
        var problems = WriteFiles(log, files);
        if (log is null)
            text.Append(CultureInfo.InvariantCulture, $"again: {origin.Command} ({(World == MachineWorld.RealTime ? "in real time" : "on a cluster")}: the schedule is never the same; In(MachineWorld.Simulated) can be replayed)\n");
        else if (_order.Replayed is { } replayed)
            text.Append(_host.Divergence is { } divergence ? $"replayed: not the run of {origin.Surroundings.Replay}: {divergence}; it had failed with: {replayed.What}\n" : $"replayed: {origin.Surroundings.Replay}, the same run to the last event\n");
        else
            SayHowToReplay(text, origin, files.Find(file => file.EndsWith(".bin", StringComparison.Ordinal)));
        if (files.Find(file => file.EndsWith(".jsonl", StringComparison.Ordinal)) is { } recording)
            text.Append($"picture: actors trace {ShellWord.Of(recording)} --as html --out {ShellWord.Of(Path.ChangeExtension(recording, ".html"))}\n");
        if (problems.Count > 0)
            text.Append($"files are missing: {string.Join(", ", problems)}\n");
    }

    /// <summary>Writes the run's log and what was recorded of it. Says what couldn't be written.</summary>
    private List<string> WriteFiles(ChoiceLog? log, List<string> files)
    {
        var (origin, folder) = (_order.Origin, _order.Origin.Surroundings.Files);
        if (!folder.TryBegin(out var number))
            return [$"{FailureFiles.MaxFailures} failures before this one have theirs"];
        var name = origin.Test + (origin.Number > 1 ? string.Create(CultureInfo.InvariantCulture, $"-machine{origin.Number}") : string.Empty)
            + (log is null ? string.Create(CultureInfo.InvariantCulture, $"-{World}-{number}") : string.Create(CultureInfo.InvariantCulture, $"-{log.Seed}-{log.TraceHash:x16}"));
        var problems = new List<string>();
        if (log is not null && _order.Replayed is null)
            Write(".choices.bin", file => File.WriteAllBytes(file, log.ToBytes()));

        // Of bytes alone there is no picture: they belong to the steps that moved them.
        if (Recording.Any(happened => happened is not ByteEvent))
            Write(".jsonl", file => Recording.SaveAs(file, from: Recording.Last - TraceFile.MaxEvents + 1));
        return problems;

        void Write(string extension, Action<string> write)
        {
            if (folder.Write(name, extension, write, out var problem) is { } file)
                files.Add(file);
            else
                problems.Add(problem);
        }
    }

    private void SayHowToReplay(StringBuilder text, MachineOrigin origin, string? log)
    {
        var seed = string.Create(CultureInfo.InvariantCulture, $"{SimSeeds.SeedVariable}={_order.Seed} {origin.Command}");
        if (log is null)
        {
            text.Append($"replay: {seed}\n");
            return;
        }

        var others = origin.Surroundings.Seed is { } all ? string.Create(CultureInfo.InvariantCulture, $"{SimSeeds.SeedVariable}={all} ") : string.Empty;
        text.Append($"replay: {others}{ChoiceLog.ReplayVariable}={ShellWord.Of(log)} {origin.Command}\nwithout the file: {seed}\n");
    }
}
