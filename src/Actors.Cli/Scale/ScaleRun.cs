using System.Collections.Immutable;
using System.Globalization;

namespace Actors.Cli;

/// <summary>One test from its first VM to its result: ramp, load, quiet, end.</summary>
/// <param name="request">What it is told.</param>
/// <param name="nodes">Where it runs; started.</param>
/// <param name="folder">For sockets; null: none are needed.</param>
/// <param name="show">Takes each second.</param>
/// <param name="say">Takes a line for a person.</param>
internal sealed class ScaleRun(ScaleRequest request, IScaleNodes nodes, RunFolder? folder, Action<ScaleSample> show, Action<string> say) : IDisposable
{
    /// <summary>VMs that a result names, at most.</summary>
    public const int MostNamed = 10;

    private const long Second = 1_000_000_000;
    private const long Patience = 20 * Second;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly TestClock _clock = new();
    private readonly List<string> _problems = [];
    private readonly CancellationTokenSource _broken = new();

    private ScaleTraffic? _traffic;
    private FleetDriver? _driver;
    private ScaleSampler? _sampler;
    private long _nextSample;
    private bool _toldFailure;

    private ScaleTraffic Traffic => _traffic!;

    private FleetDriver Driver => _driver!;

    private ScaleSampler Sampler => _sampler!;

    /// <summary>Runs it.</summary>
    public async Task<ScaleResult> RunAsync(CancellationToken stop)
    {
        var traffic = _traffic = new ScaleTraffic(request.Plan, request.Vms, _clock, request.Host, folder, say);
        traffic.Listen();
        var driver = _driver = new FleetDriver(request, nodes, _clock, traffic);
        nodes.Lost = Lose;
        _sampler = new ScaleSampler(driver, traffic, _clock);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop, _broken.Token);
        var empty = await FirstLookAsync(ends.Token);
        var before = Mark();
        var isUp = await RampAsync(ends.Token);
        var began = Mark();
        if (isUp)
            await PhaseAsync(Driver.Start, fleet => fleet.IsOver, (long)request.Duration.TotalNanoseconds, ends.Token);
        var ended = Mark();
        await QuietAsync(ends.Token);
        if (!nodes.EndsWithTest || !ends.IsCancellationRequested)
            await EndAsync();
        traffic.Finish();
        return Result(empty, before, began, ended, stop.IsCancellationRequested);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _driver?.Dispose();
        _traffic?.Dispose();
        _broken.Dispose();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Memory of nodes without VMs.</summary>
    private async Task<long> FirstLookAsync(CancellationToken stop)
    {
        Driver.Poll();
        await PhaseAsync(null, _ => Driver.Book.Answering.Count > 0 && Driver.Book.MemoryBytes > 0, 2 * Second, stop);
        return Driver.Read((_, book) => book.MemoryBytes);
    }

    /// <summary>Until all VMs are up. A test whose VMs don't come up has no load, and ends; a slow one goes on while there is progress.</summary>
    private async Task<bool> RampAsync(CancellationToken stop)
    {
        await PhaseAsync(Driver.Start, fleet => fleet.AllUpAt >= 0 || fleet.IsStuck(_clock.Now), long.MaxValue / 2, stop);
        var (isUp, sentence) = Driver.Read((fleet, _) => (
            fleet.AllUpAt >= 0,
            Text($"{fleet.Count - fleet.Up - fleet.Down:N0} of {fleet.Count:N0} VMs are not up, and none came up for {Fleet.RampPatience / Second} s")));
        if (!isUp && !stop.IsCancellationRequested)
            Problem(sentence);
        return isUp;
    }

    /// <summary>Until something is so, or the time is over; false then.</summary>
    private async Task<bool> PhaseAsync(Action? step, Func<Fleet, bool> isOver, long patience, CancellationToken stop)
    {
        var until = _clock.Now + patience;

        // The edge: a test is in real time, and a ramp and a sample have their moments whether anybody says something or not.
        using var beat = new PeriodicTimer(Step);
        while (!stop.IsCancellationRequested && _clock.Now < until)
        {
            step?.Invoke();
            if (Driver.Read((fleet, _) => isOver(fleet)))
                return true;
            if (_clock.Now >= _nextSample)
                Look();
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }

        return false;
    }

    private void Look()
    {
        _nextSample = _clock.Now + Second;
        show(Sampler.Take());
        Driver.Poll();
        if (!_toldFailure && Driver.Read((fleet, _) => fleet.FirstProblem) is { } failure)
        {
            _toldFailure = true;
            say($"{failure}; the test goes on with the others");
        }
    }

    /// <summary>Everything that is on its way arrives. Who had no turn in the test's time, however short that was, has its first line.</summary>
    private async Task QuietAsync(CancellationToken stop)
    {
        var isEcho = request.Plan.Guest == ScaleGuest.Echo;
        if (isEcho && Driver.Read((fleet, _) => fleet.AllUpAt >= 0))
            await WhileItGoesOnAsync(null, _ => Traffic.Vms.All(vm => vm.HasAnswered), _ => Traffic.Vms.Count(vm => vm.HasAnswered), Patience, stop);
        Traffic.StopSending();
        if (isEcho)
            await WhileItGoesOnAsync(null, _ => Traffic.IsQuiet, _ => Traffic.Arrived, Patience, _broken.Token);
        Look();
    }

    /// <summary>Until something is so, or there was no progress for a while; false then. A slow machine is given its time.</summary>
    private async Task<bool> WhileItGoesOnAsync(Action? step, Func<Fleet, bool> isOver, Func<Fleet, long> progress, long patience, CancellationToken stop)
    {
        var (isDone, last, since) = (false, -1L, _clock.Now);
        await PhaseAsync(step, IsOverOrStuck, long.MaxValue / 2, stop);
        return isDone;

        bool IsOverOrStuck(Fleet fleet)
        {
            isDone = isOver(fleet);
            if (progress(fleet) is var now && now != last)
                (last, since) = (now, _clock.Now);
            return isDone || _clock.Now - since > patience;
        }
    }

    private async Task EndAsync()
    {
        var unfinished = request.Plan.Guest == ScaleGuest.Lines ? Driver.Read((fleet, _) => fleet.Living().Count()) : 0;
        if (unfinished > 0)
            Problem(Text($"{unfinished:N0} VMs had not sent everything after {request.Duration.TotalSeconds:0} s"));
        Driver.Stop();
        var again = _clock.Now + (5 * Second);
        if (!await WhileItGoesOnAsync(Again, fleet => fleet.IsOver, fleet => fleet.Down, 3 * Patience, CancellationToken.None))
            Problem(Driver.Read((fleet, _) => Text($"{fleet.Living().Count():N0} VMs did not end when they were told to")));
        await WhileItGoesOnAsync(null, _ => Traffic.Vms.All(vm => Traffic.HasAll(vm.Vm)), _ => Traffic.Arrived, Patience, CancellationToken.None);

        void Again()
        {
            if (_clock.Now < again)
                return;
            again = _clock.Now + (5 * Second);
            Driver.Stop();
        }
    }

    private void Lose(string address, string sentence)
    {
        Driver.Lose(address, sentence);
        if (request.ExpectsLoss)
            return;
        Problem($"{sentence}; --expect-loss lets a test go on without it");
        try
        {
            _broken.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private void Problem(string sentence)
    {
        lock (_problems)
            _problems.Add(sentence);
    }

    private Milestone Mark() => Driver.Read((_, book) => new Milestone(_clock.Now, book.Exits, book.CpuNs, (long[])book.Latencies.Clone(), book.MemoryBytes, Traffic.Arrived, Traffic.Latencies.Read()));

    private ScaleResult Result(long empty, Milestone before, Milestone began, Milestone ended, bool isStopped)
    {
        var vms = Traffic.Vms;
        var seconds = Math.Max(0.001, (ended.At - began.At) / 1e9);
        var silent = vms.Count(vm => vm.IsSilent);
        var never = request.Plan.Guest == ScaleGuest.Echo && !isStopped ? vms.Count(vm => !vm.HasAnswered) : 0;
        if (silent > 0)
            Problem(Text($"{silent:N0} VMs lost their connection and have not answered since"));
        if (never > 0)
            Problem(Text($"{never:N0} VMs never answered"));
        var (fleet, events, answered) = Driver.Read((fleet, book) => (fleet, book.Events.ToImmutableArray(), book.Answered));
        if (fleet.Failed > 0)
            Problem(Text($"{fleet.Failed:N0} VMs failed; first {fleet.FirstProblem}"));
        return new ScaleResult
        {
            Plan = request.Plan,
            Vms = request.Vms,
            Placement = request.Placement,
            Nodes = nodes.EndsWithTest ? nodes.Addresses.Count : answered,
            Duration = seconds,
            StartSeconds = ((fleet.AllUpAt < 0 ? ended.At : fleet.AllUpAt) - before.At) / 1e9,
            ExitsPerSecond = (ended.Exits - began.Exits) / seconds,
            CpuNsPerExit = ended.Exits == began.Exits ? 0 : (double)(ended.CpuNs - began.CpuNs) / (ended.Exits - began.Exits),
            BytesPerSecond = (ended.Arrived - began.Arrived) / seconds,
            ExitLatency = ScaleLatency.Between(began.Latencies, ended.Latencies),
            LineLatency = ScaleLatency.Between(began.Lines, ended.Lines),
            BytesSent = vms.Sum(vm => vm.BytesSent),
            BytesArrived = vms.Sum(vm => vm.Oracle.Arrived),
            Lost = vms.Sum(vm => vm.Oracle.Lost),
            Doubled = vms.Sum(vm => vm.Oracle.Doubled),
            InFlight = vms.Sum(vm => vm.Oracle.InFlight),
            UncleanVms = [.. vms.Where(vm => !vm.Oracle.IsClean).Take(MostNamed).Select(vm => vm.Vm.Value)],
            BytesPerVm = Math.Max(0, ended.MemoryBytes - empty) / request.Vms,
            Restarts = fleet.Restarts,
            Takeovers = fleet.Takeovers,
            RequestsInFlight = fleet.RequestsInFlight,
            LongestStallSeconds = vms.Count == 0 ? 0 : vms.Max(vm => vm.LongestStall) / 1e9,
            LongestRestartSeconds = vms.Count == 0 ? 0 : vms.Max(vm => vm.LongestRestart) / 1e9,
            Problems = [.. _problems],
            Samples = [.. Sampler.Samples],
            Events = events,
            IsStopped = isStopped,
        }.Judged();
    }

    private sealed record Milestone(long At, long Exits, long CpuNs, long[] Latencies, long MemoryBytes, long Arrived, long[] Lines);
}
