using System.Collections.Immutable;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Names of the sites that are neither a link (<see cref="LinkSite"/>) nor a crash point (<see cref="CrashSite"/>).</summary>
public static class FaultSites
{
    /// <summary>Each message that a vCPU takes.</summary>
    public const string Vcpu = "vcpu";

    /// <summary>Each message that a VM's hypervisor actor takes.</summary>
    public const string Hypervisor = "hypervisor";

    /// <summary>Each message that a VM's HSM actor takes.</summary>
    public const string Hsm = "hsm";

    /// <summary>Each message that a VM's device-model actor takes.</summary>
    public const string DeviceModel = "dm";

    /// <summary>Each message that a device takes.</summary>
    public const string Device = "device";

    /// <summary>Each message that a port takes.</summary>
    public const string Port = "port";

    /// <summary>Each message that an actor takes whose path fits parameter <c>path</c>.</summary>
    public const string Actor = "actor";

    /// <summary>Each write to a port's backend.</summary>
    public const string BackendWrite = "backend.write";

    /// <summary>Each read from a port's backend.</summary>
    public const string BackendRead = "backend.read";

    /// <summary>Whoever is at the backend's other end: looked at with each write and read.</summary>
    public const string BackendPeer = "backend.peer";

    /// <summary>Each access of a device to guest RAM.</summary>
    public const string GuestMemory = "guest.memory";

    /// <summary>Each access of a device to its rings in guest RAM.</summary>
    public const string GuestRing = "guest.ring";

    /// <summary>Each register access of a guest that reaches a device: what a hostile guest does beside it.</summary>
    public const string GuestAccess = "guest.access";

    /// <summary>Each timer that an actor sets.</summary>
    public const string Timer = "timer";

    /// <summary>Each message that reaches a mailbox.</summary>
    public const string Mailbox = "mailbox";

    /// <summary>Each step of the schedule.</summary>
    public const string Schedule = "schedule";

    /// <summary>Each message that an actor of a logical node takes.</summary>
    public const string Node = "node";

    /// <summary>Each message between two logical nodes.</summary>
    public const string Network = "network";

    /// <summary>Each decision of a node on members that it doesn't hear.</summary>
    public const string Decision = "decision";

    /// <summary>Every site that a plan may name: links, crash points, and those above.</summary>
    public static ImmutableArray<string> All { get; } =
    [
        .. LinkSite.All.Select(site => site.Name),
        .. CrashSite.All.Select(site => site.Name),
        Vcpu, Hypervisor, Hsm, DeviceModel, Device, Port, Actor,
        BackendWrite, BackendRead, BackendPeer, GuestMemory, GuestRing, GuestAccess, Timer, Mailbox, Schedule, Node, Network, Decision,
    ];
}
