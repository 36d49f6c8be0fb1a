using System.Globalization;
using System.Text;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <summary>
/// A machine in a test's hands. Its verbs are the domain's: write, kick, expect, hold and release, break, crash, pause, reset. In the simulated world nothing happens but while
/// a verb waits; elsewhere the machine runs on by itself. Used by one thread at a time.
/// </summary>
public sealed partial class Machine : IDisposable
{
    private readonly MachineOrder _order;
    private readonly IMachineHost _host;
    private readonly GuestLine _line;
    private readonly IReadOnlyDictionary<int, FakeBackend> _fakes;
    private readonly bool _isTestGuest;
    private readonly TimeSpan? _patience;
    private readonly HashSet<long> _claimed = [];
    private long _floor;
    private bool _hasFailed;
    private bool _hasEnded;

    internal Machine(
        MachineOrder order, IMachineHost host, MachineWorld world, GuestLine line, IReadOnlyDictionary<int, FakeBackend> fakes, bool isTestGuest, TimeSpan? patience)
    {
        _order = order;
        _host = host;
        _line = line;
        _fakes = fakes;
        _isTestGuest = isTestGuest;
        _patience = patience;
        World = world;
        foreach (var fake in fakes.Values)
            fake.Bind(host.Act);
        order.Recording.Fails = (sentence, shown) => Fail(sentence, shown);
    }

    /// <summary>Where it runs.</summary>
    public MachineWorld World { get; }

    /// <summary>What probes at every hop have seen.</summary>
    public Recording Recording => _order.Recording;

    /// <summary>Time since its world began: virtual in the simulated world.</summary>
    public TimeSpan Now => _host.Now;

    /// <summary>Whether it has powered off or was ended.</summary>
    public bool IsEnded => _host.IsEnded;

    /// <summary>The plan that its description comes to, for <c>actors chaos</c>; what the test did isn't in it.</summary>
    public string ToYaml() => PlanFile.Write(_order.Plan);

    /// <summary>What is behind a port.</summary>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the console, from 0.</param>
    public FakeBackend Backend(int port = 0, int device = 0) => _fakes.TryGetValue(MachineOrder.PortKey(device, port), out var fake)
        ? fake
        : throw new ArgumentException($"There is no fake behind port {port} of console {device}: the machine has no such port, or the test brought a backend of its own.", nameof(port));

    /// <summary>What a port gave to its backend so far, as text (UTF-8).</summary>
    public string Text(int port = 0, int device = 0) => Encoding.UTF8.GetString(Recording.Output(port, device));

    /// <summary>Lets time pass: virtual in the simulated world.</summary>
    public void Wait(TimeSpan time) => Steps(static () => false, time);

    /// <summary>Waits until something is so.</summary>
    /// <param name="isSo">Asked again and again; must be quick and change nothing.</param>
    /// <param name="within">At most so long; null: the machine's patience.</param>
    /// <param name="what">What is waited for, for the failure.</param>
    public void Until(Func<bool> isSo, TimeSpan? within = null, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        if (!WaitFor(isSo, within, out var time))
            throw Fail($"'{what}' didn't become so within {Seconds(time)}.", null);
    }

    /// <summary>Brings the machine to rest and has it judged: held links are released and faults healed before. The test's end does it, too; afterwards nothing can be asked of it but its recording.</summary>
    /// <exception cref="MachineFailureException">Its world found something wrong.</exception>
    public void End()
    {
        if (_hasEnded)
            return;
        _hasEnded = true;
        _host.Act(_order.Gate.ReleaseAll);
        List<string> wrong = [.. _host.Finish(_line.IsHostile), .. UnexpectedFailures()];
        if (_hasFailed)
            return;
        if (wrong.Count > 0)
            throw Fail($"The machine's world found something wrong: {string.Join("; ", wrong)}", null);
        if (_order.Replayed is not null)
            throw Fail("The run failed when its log was written, and now it doesn't.", null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hasEnded = true;
        _host.Dispose();
    }

    /// <summary>In the simulated world: hash of everything that happened so far; else 0.</summary>
    internal ulong TraceHash => (_host as SimulatedHost)?.TraceHash ?? 0;

    /// <summary>Waits for the guest to come up.</summary>
    internal void Boot()
    {
        _host.Launch();
        if (_isTestGuest)
        {
            WaitFor(() => _line.Boots > 0 || _host.Trouble is not null || _host.IsEnded, null, out var time);
            if (_host.Trouble is { } trouble)
                throw Fail($"The machine didn't come up: {trouble}", null);
            if (_line.Boots == 0)
                throw Fail($"The guest wasn't up within {Seconds(time)}.", null);
            if (_line.Problem is { } problem)
                throw Fail($"The guest came up without a device: {problem}", null);
            Steps(static () => false, World == MachineWorld.Simulated ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        }

        _floor = Recording.Last;
        _host.Booted();
    }

    /// <summary>What devices of the test's own have thrown, and no expectation has taken.</summary>
    private IEnumerable<string> UnexpectedFailures() => Recording.OfType<LifeEvent>()
        .Where(life => life.Change == LifeChange.Failed && !_claimed.Contains(life.Sequence))
        .Select(life => $"{life.Actor[(life.Actor.LastIndexOf('/') + 1)..]} failed: {life.Reason}");

    private bool WaitFor(Func<bool> isSo, TimeSpan? within, out TimeSpan time)
    {
        time = within ?? _patience ?? _host.Patience;
        return Steps(isSo, time);
    }

    /// <summary>Lets its world go on; code of the test's own that it calls and that doesn't return fails the test.</summary>
    private bool Steps(Func<bool> isSo, TimeSpan time)
    {
        try
        {
            return _host.Wait(isSo, time);
        }
        catch (WorldStuckException stuck)
        {
            throw Fail($"{stuck.Message}.", null);
        }
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture) + " s";
}
