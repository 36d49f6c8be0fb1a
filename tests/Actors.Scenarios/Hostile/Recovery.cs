using System.Text;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>What a new kernel does to a machine that an earlier program left in any state, and the proof that the machine then works as on the first day.</summary>
internal sealed class Recovery(HostileNode node)
{
    private const ulong LegacyBarAddress = 0x2000;
    private const ulong MsixBarAddress = PlatformSpec.PciHole32Start;
    private const ulong ModernBarAddress = PlatformSpec.PciHole64Start;
    private const ulong TaskPriority = PlatformSpec.LocalApicBase + 0x80;
    private const ulong EndOfInterrupt = PlatformSpec.LocalApicBase + 0xB0;

    private int _proofs;

    /// <summary>Proofs given so far.</summary>
    public int Proofs => _proofs;

    /// <summary>Brings interrupt controllers, BARs and RAM back to what a driver expects.</summary>
    public static async GuestTask PutBack(GuestCpu cpu)
    {
        await QuietInterrupts(cpu);
        await PlaceBars(cpu);
        await ResetDevice(cpu);
        ClearLowMemory(cpu);
    }

    /// <summary>Addresses for the console's BARs, as a firmware would choose them; decoding is left to the driver.</summary>
    public static async GuestTask PlaceBars(GuestCpu cpu)
    {
        var console = Console;
        var config = new EcamConfigAccess(cpu);
        await config.Write(console, PciSpec.Command, 2, 0);
        var modern = await config.Read(console, PciSpec.DeviceId, 2) >= VirtioSpec.ModernDeviceIdBase;
        if (!modern)
            await config.Write(console, PciSpec.Bar0, 4, (uint)LegacyBarAddress);
        await config.Write(console, PciSpec.Bar0 + (4 * VirtioPciSpec.MsixBar), 4, (uint)MsixBarAddress);
        await config.Write(console, PciSpec.Bar0 + (4 * VirtioPciSpec.ModernBar), 4, unchecked((uint)ModernBarAddress));
        await config.Write(console, PciSpec.Bar0 + (4 * (VirtioPciSpec.ModernBar + 1)), 4, (uint)(ModernBarAddress >> 32));
    }

    /// <summary>The console's function.</summary>
    public static Bdf Console => new(0, 3, 0);

    /// <summary>Boots a correct driver, sends a line and has one echoed; says so by an exception when that fails.</summary>
    public async GuestTask<GuestPlatform> Prove(GuestCpu cpu, DriverOptions options)
    {
        var platform = await GuestPlatform.Boot(cpu, options);
        Check(platform.Problems.Count == 0, string.Join("; ", platform.Problems));
        var port = await platform.FindConsole();
        Check(port is not null, "there is no console");
        await Echo(port!);
        return platform;
    }

    /// <summary>Puts everything back, then <see cref="Prove"/>.</summary>
    public async GuestTask<GuestPlatform> PutBackAndProve(GuestCpu cpu, DriverOptions options)
    {
        await PutBack(cpu);
        return await Prove(cpu, options);
    }

    /// <summary>A line out, and a line in.</summary>
    public async GuestTask Echo(GuestConsolePort port)
    {
        var proof = Encoding.Latin1.GetBytes(LineOf(_proofs));
        await port.Open();
        Check(await port.Write(proof) && await port.Flush(), "the port is gone");
        Check(node.OutputTail.Contains(LineOf(_proofs), StringComparison.Ordinal), $"proof {_proofs} was used and did not leave the port");
        node.Backend.Feed(proof);
        var got = new byte[proof.Length];
        for (var count = 0; count < got.Length;)
        {
            var read = await port.Read(got.AsMemory(count));
            Check(read > 0, "the input is over");
            count += read;
        }

        Check(got.AsSpan().SequenceEqual(proof), "other input came than was sent");
        _proofs++;
    }

    /// <summary>So many proofs were given: a guest that couldn't give one would have ended in a fault.</summary>
    public void AssertProofs(int expected) => Assert.Equal(expected, _proofs);

    /// <summary>A guest's assertion: what fails ends the guest in a triple fault, whose text the test shows.</summary>
    public static void Check(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidOperationException(otherwise);
    }

    private static string LineOf(int proof) => $"<proof {proof} that all works>\n";

    /// <summary>Before RAM is cleared: a device that was not reset may still write to rings that it was given.</summary>
    private static async GuestTask ResetDevice(GuestCpu cpu)
    {
        var config = new EcamConfigAccess(cpu);
        await config.Write(Console, PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory);
        await cpu.Out((ushort)(LegacyBarAddress + VirtioPciSpec.LegacyStatus), 1, 0);
        await cpu.Store(ModernBarAddress + VirtioPciSpec.CommonOffset + VirtioPciSpec.DeviceStatus, 1, 0);
        await config.Write(Console, PciSpec.Command, 2, 0);
    }

    private static async GuestTask QuietInterrupts(GuestCpu cpu)
    {
        await cpu.Store(TaskPriority, 4, 0);
        var ioApic = new IoApic(cpu);
        for (var pin = 0; pin < PlatformSpec.IoApicPins; pin++)
            await ioApic.Mask(pin);
        while (cpu.TryTakeInterrupt(out _))
            await cpu.Store(EndOfInterrupt, 4, 0);
        for (var i = 0; i < 256; i++)
        {
            // Ended after it is taken, the last one too: one that comes this late would stay in service, and keep out all of its class for good.
            cpu.TryTakeInterrupt(out _);
            await cpu.Store(EndOfInterrupt, 4, 0);
        }
    }

    private static void ClearLowMemory(GuestCpu cpu)
    {
        var zeros = new byte[64 * 1024];
        for (var address = 0UL; address < 2 << 20; address += (ulong)zeros.Length)
            cpu.Memory.TryWrite(address, zeros);
    }
}
