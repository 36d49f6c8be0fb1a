using System.Diagnostics.CodeAnalysis;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.TestKit;

/// <summary>The guest that does what a test says: its drivers come up, then it takes orders, one after the other, on each of its processors.</summary>
internal sealed class TestGuest(GuestLine line, DriverOptions options, SharedPlatform shared) : GuestProgram
{
    private const byte StartupPage = 0x08;

    /// <inheritdoc/>
    public override async GuestTask Run(GuestCpu cpu)
    {
        if (cpu.Index != 0)
        {
            await new LocalApic(cpu).Enable();
            await TakeOrders(cpu, shared.Platform!);
            return;
        }

        var platform = await GuestPlatform.Boot(cpu, options);
        foreach (var console in platform.Consoles)
            await console.Settle();
        shared.Platform = platform;
        for (var vcpu = 1; vcpu < cpu.VcpuCount; vcpu++)
        {
            await platform.Apic.SendInit((byte)vcpu);
            await platform.Apic.SendStartup((byte)vcpu, StartupPage);
        }

        line.Up(platform.Problems.Count > 0 ? string.Join("; ", platform.Problems) : null);
        await TakeOrders(cpu, platform);
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever the test's work throws is the test's, and said to it.")]
    private async GuestTask TakeOrders(GuestCpu cpu, GuestPlatform platform)
    {
        var session = new GuestSession(cpu, platform, line);
        while (true)
        {
            while (line.TryTake(cpu.Index, out var order))
            {
                Exception? failure = null;
                try
                {
                    await order.Run(session);
                }
                catch (Exception thrown)
                {
                    failure = thrown;
                }

                line.Done(cpu.Index, order, failure);
            }

            await cpu.WaitForNudge();
            await Look(cpu, platform);
        }
    }

    /// <summary>Interrupts while nothing is asked for: the devices' news are heard, as by a kernel.</summary>
    private static async GuestTask Look(GuestCpu cpu, GuestPlatform platform)
    {
        if (cpu.Index != 0)
        {
            var apic = new LocalApic(cpu);
            while (cpu.TryTakeInterrupt(out _))
                await apic.EndOfInterrupt();
            return;
        }

        await platform.Interrupts.Poll();
        foreach (var console in platform.Consoles)
            await console.Service();
    }
}

/// <summary>What the boot processor leaves to the others. A guest's own matter: nothing of it is seen outside.</summary>
internal sealed class SharedPlatform
{
    public GuestPlatform? Platform { get; set; }
}

/// <summary>The guests of a machine: the test's own, or those in the box.</summary>
internal sealed class TestGuestCatalog(Func<GuestProgram>? own, IGuestCatalog box) : IGuestCatalog
{
    /// <summary>Name of a guest that isn't in the box.</summary>
    public const string Own = "test";

    /// <inheritdoc/>
    public string? Validate(GuestSpec guest) => guest.Name == Own && own is not null ? null : box.Validate(guest);

    /// <inheritdoc/>
    public GuestProgram Create(GuestSpec guest) => guest.Name == Own && own is not null ? own() : box.Create(guest);
}
