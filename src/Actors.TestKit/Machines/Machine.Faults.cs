using Actors.Protocol;
using Actors.Simulation;

namespace Actors.TestKit;

/// <content>What the test does to the path.</content>
public sealed partial class Machine
{
    /// <summary>Holds a link: messages wait there until it is released.</summary>
    public void Hold(LinkSite site) => _host.Act(() => _order.Gate.Hold(site));

    /// <summary>Lets a held link go, and everything that waits there, in order.</summary>
    public void Release(LinkSite site) => _host.Act(() => _order.Gate.Release(site));

    /// <summary>Lets the first messages of a held link go; it stays held.</summary>
    /// <exception cref="InvalidOperationException">So many don't wait there.</exception>
    public void Release(LinkSite site, int count)
    {
        ArgumentNullException.ThrowIfNull(site);
        var done = true;
        _host.Act(() => done = _order.Gate.Release(site, count));
        if (!done)
            throw new InvalidOperationException($"Fewer than {count} messages wait at '{site.Name}', or it isn't held.");
    }

    /// <summary>Messages that wait at a held link.</summary>
    public int Held(LinkSite site)
    {
        ArgumentNullException.ThrowIfNull(site);
        return _order.Gate.Waiting.FirstOrDefault(waiting => waiting.Site == site.Name).Messages;
    }

    /// <summary>
    /// Breaks something from now on: a row (<c>F35</c>), site and verb (<c>irq.raise: drop</c>), or YAML as under <c>faults:</c> in a plan, with <c>nth</c>, <c>times</c>, <c>p</c> and all
    /// else. The simulated world can do every fault of the plans; the others drop, duplicate and delay on links and crash at crash sites.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such fault.</exception>
    /// <exception cref="NotSupportedException">This world can't do it.</exception>
    public void Break(string fault)
    {
        foreach (var rule in SimFaultRules.Parse(fault, _order.Plan.Faults))
            _host.Break(rule);
    }

    /// <summary>Breaks links in a way of the test's own.</summary>
    public void Break(HopFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        _host.Act(() => _order.Gate.Add(fault));
    }

    /// <summary>Crashes a part of the machine at its next message.</summary>
    /// <param name="part">Which part.</param>
    /// <param name="device">Number of the console, from 0.</param>
    /// <param name="port">Index of the port.</param>
    public void Crash(SimPart part, int device = 0, int port = 0) => _host.Crash(part, MachineNames.Function(device), port);

    /// <summary>Crashes the actor of a device at its next message.</summary>
    /// <param name="device">Where it sits: also one of the test's own.</param>
    public void Crash(Bdf device) => _host.Crash(SimPart.Device, device, 0);

    /// <summary>
    /// Kills the node that runs the machine, at its next message; its guest boots again on another, and this waits for it. Only with three nodes or more
    /// (<see cref="MachineBuilder.Nodes"/>), in <see cref="MachineWorld.Simulated"/> or <see cref="MachineWorld.Cluster"/>.
    /// </summary>
    /// <exception cref="NotSupportedException">The machine's world has one node.</exception>
    /// <exception cref="InvalidOperationException">What would be left is no majority, or no node has the machine.</exception>
    public void CrashNode()
    {
        var boots = _line.Boots;
        _host.CrashNode();
        AwaitBoot(boots, "after its node was lost");
    }

    /// <summary>Keeps a part from taking anything that comes over links, until <see cref="Resume(SimPart, int, int)"/>: it stands still, as a process that is stopped.</summary>
    public void Pause(SimPart part, int device = 0, int port = 0) => _host.Act(() => _order.Gate.Pause(_host.PathOf(part, MachineNames.Function(device), port)));

    /// <summary>Keeps a device from taking anything that comes over links, until <see cref="Resume(Bdf)"/>.</summary>
    /// <param name="device">Where it sits: also one of the test's own.</param>
    public void Pause(Bdf device) => _host.Act(() => _order.Gate.Pause(_host.PathOf(SimPart.Device, device, 0)));

    /// <summary>Lets a paused part go on with what has come meanwhile.</summary>
    public void Resume(SimPart part, int device = 0, int port = 0) => _host.Act(() => _order.Gate.Resume(_host.PathOf(part, MachineNames.Function(device), port)));

    /// <summary>Lets a paused device go on with what has come meanwhile.</summary>
    /// <param name="device">Where it sits.</param>
    public void Resume(Bdf device) => _host.Act(() => _order.Gate.Resume(_host.PathOf(SimPart.Device, device, 0)));

    /// <summary>
    /// Lets something of the test's own act on the machine's actors, such as an ioreq client that answers later: in the simulated world only in here may a test tell actors something.
    /// </summary>
    public void Tell(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        _host.Act(action);
    }
}
