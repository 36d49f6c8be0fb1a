using System.Globalization;
using System.Text;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>
/// What the test expects. An expectation takes the first event that fits and that none before it took, so the nth expected upcall is the upcall of the nth exit whatever else
/// happens meanwhile; events before the guest was up don't count. That steps follow each other in order is said by <see cref="RecordingAssertions.Follow"/>.
/// </content>
public sealed partial class Machine
{
    /// <summary>Everything that happened so far doesn't count for later expectations.</summary>
    public void Forget() => _floor = Recording.Last;

    /// <summary>Expects an event of a kind.</summary>
    /// <param name="fits">Which; null: any.</param>
    /// <param name="within">How long it may take; null: the machine's patience.</param>
    /// <param name="what">What it is called in the failure; null: the kind's name.</param>
    /// <exception cref="MachineFailureException">It didn't come.</exception>
    public T Expect<T>(Func<T, bool>? fits = null, TimeSpan? within = null, string? what = null)
        where T : HopEvent => Expect(fits, within, what ?? $"a {typeof(T).Name}{(fits is null ? string.Empty : " that fits")}", null);

    /// <summary>Expects a step of the path.</summary>
    public HopEvent Expect(PathHop hop, TimeSpan? within = null) => Step<HopEvent>(hop, within);

    /// <summary>Row 1: expects that a vCPU leaves its guest with an access.</summary>
    public IoExitEvent ExpectExit(Func<IoAccess, bool>? fits = null, TimeSpan? within = null) =>
        Step<IoExitEvent>(PathHop.VmExit, within, exit => fits is null || fits(exit.Access), fits is null ? "a VM exit" : "a VM exit that fits");

    /// <summary>Rows 3 and 4: expects that a request was put into its slot and the HSM's vector was injected.</summary>
    public UpcallEvent ExpectUpcall(TimeSpan? within = null) => Step<UpcallEvent>(PathHop.FireHsmInterrupt, within);

    /// <summary>Rows 5 to 7: expects that the HSM gives a request to a client.</summary>
    /// <param name="client">Name of the client; null: any. The device model's is <c>acrndm</c>, the doorbells' <c>ioeventfd-N</c>.</param>
    /// <param name="within">How long it may take.</param>
    public IoRequestEvent ExpectIoreq(string? client = null, TimeSpan? within = null) =>
        Step<IoRequestEvent>(PathHop.WakeClient, within, request => client is null || request.Client == client, client is null ? "an ioreq for a client" : $"an ioreq for the client '{client}'");

    /// <summary>Rows 8 and 9: expects that a doorbell's signal reaches its device.</summary>
    public DoorbellEvent ExpectSignal(int? queue = null, TimeSpan? within = null) =>
        Step<DoorbellEvent>(PathHop.IothreadHandler, within, signal => queue is null || signal.Number == queue, queue is null ? "a doorbell's signal" : $"a doorbell's signal for queue {queue}");

    /// <summary>Row 11: expects that a queue is notified.</summary>
    /// <param name="queue">Index of the queue; null: any.</param>
    /// <param name="within">How long it may take.</param>
    public NotifyEvent ExpectNotify(int? queue = null, TimeSpan? within = null) =>
        Expect<NotifyEvent>(notified => queue is null || notified.Queue == queue, within, queue is null ? "a notify" : $"a notify of queue {queue}", PathHop.NotifyTx);

    /// <summary>Row 12: expects that a port writes to its backend.</summary>
    public CallbackEvent ExpectCallback(TimeSpan? within = null) => Step<CallbackEvent>(PathHop.BackendWrite, within);

    /// <summary>Row 13: expects that these bytes come out of a port next, in however many pieces.</summary>
    /// <param name="text">The bytes as text (UTF-8).</param>
    /// <param name="port">Index of the port.</param>
    /// <param name="device">Number of the console, from 0.</param>
    /// <param name="within">How long it may take.</param>
    public void ExpectBytes(string text, int port = 0, int device = 0, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var wanted = Encoding.UTF8.GetBytes(text);
        var function = MachineNames.Function(device);
        var came = new List<byte>();
        var taken = new List<long>();
        var from = _floor;
        var isDone = WaitFor(
            () =>
            {
                while (came.Count < wanted.Length && Next<ByteEvent>(bytes => bytes.IsOutput && bytes.Port == port && bytes.Device == function, ref from) is { } next)
                {
                    came.AddRange(next.Bytes);
                    _claimed.Add(next.Sequence);
                    taken.Add(next.Sequence);
                }

                return came.Count >= wanted.Length || !wanted.AsSpan().StartsWith(came.ToArray());
            },
            within,
            out var time);
        if (isDone && came.SequenceEqual(wanted))
            return;
        foreach (var one in taken)
            _claimed.Remove(one);
        var got = HopText.Quote(came.ToArray());
        throw Fail(isDone
            ? $"Expected {HopText.Quote(wanted)} to come out of port {port}, and {got} came."
            : $"Expected {HopText.Quote(wanted)} to come out of port {port}, and after {Seconds(time)} {got} had come.", PathHop.BackendWrite);
    }

    /// <summary>Row 14: expects that a vCPU goes on after an exit.</summary>
    public CompletionEvent ExpectCompletion(TimeSpan? within = null) => Step<CompletionEvent>(PathHop.VmEntry, within);

    /// <summary>Row 15: expects that an interrupt reaches a vCPU.</summary>
    /// <param name="vector">Its vector; null: any.</param>
    /// <param name="within">How long it may take.</param>
    public InterruptEvent ExpectInterrupt(byte? vector = null, TimeSpan? within = null) =>
        Step<InterruptEvent>(PathHop.VcpuInterrupt, within, interrupt => vector is null || interrupt.Number == vector, vector is null ? "an interrupt" : $"an interrupt with vector 0x{vector:x2}");

    /// <summary>Expects that a device of the test's own fails: its code throws. A failure that nobody expected fails the test at its end.</summary>
    /// <param name="device">Where it sits; null: any.</param>
    /// <param name="within">How long it may take.</param>
    /// <returns>The event; its reason is what was thrown.</returns>
    public LifeEvent ExpectDeviceFailure(Bdf? device = null, TimeSpan? within = null) => Expect<LifeEvent>(
        life => life.Change == LifeChange.Failed && (device is not { } at || life.Actor.EndsWith($"/pci-{at}", StringComparison.Ordinal)), within, "a device's failure", null);

    /// <summary>Expects that nothing of a kind happens.</summary>
    /// <param name="fits">Which; null: any.</param>
    /// <param name="within">For how long; null: 100 ms. In the simulated world this time passes, unless it happens.</param>
    public void ExpectNo<T>(Func<T, bool>? fits = null, TimeSpan? within = null)
        where T : HopEvent
    {
        T? found = null;
        var from = _floor;
        if (Steps(() => (found = Next(fits, ref from)) is not null, within ?? TimeSpan.FromMilliseconds(100)))
            throw Fail(string.Create(CultureInfo.InvariantCulture, $"Expected no {typeof(T).Name}, and there was one: {found}"), null);
    }

    private T Step<T>(PathHop hop, TimeSpan? within, Func<T, bool>? fits = null, string? what = null)
        where T : HopEvent => Expect<T>(happened => happened.Hop == hop && (fits is null || fits(happened)), within, what ?? $"'{HopNames.Of(hop)}'", hop);

    private T Expect<T>(Func<T, bool>? fits, TimeSpan? within, string what, PathHop? hop)
        where T : HopEvent
    {
        T? found = null;
        var from = _floor;
        if (!WaitFor(() => (found = Next(fits, ref from)) is not null, within, out var time))
            throw Fail($"Expected {what}, and it didn't come within {Seconds(time)}.", hop);
        _claimed.Add(found!.Sequence);
        return found;
    }

    /// <summary>The first event that fits and that nobody took.</summary>
    /// <param name="fits">Which.</param>
    /// <param name="from">Sequence of the last event that was looked at: no event is looked at twice.</param>
    private T? Next<T>(Func<T, bool>? fits, ref long from)
        where T : HopEvent
    {
        if (Recording.Last == from)
            return null;
        foreach (var happened in Recording.After(from))
        {
            from = happened.Sequence;
            if (happened is T one && !_claimed.Contains(one.Sequence) && (fits is null || fits(one)))
                return one;
        }

        return null;
    }
}
