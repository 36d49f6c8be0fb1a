using Actors.Guest;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Scenarios;

/// <summary>
/// Drivers that do anything in any order (rows 1-60), on the whole path: registers of both interfaces, rings anywhere, descriptors that may name anything.
/// After each session a correct driver must find a device as on the first day.
/// </summary>
[Collection(HostileCollection.Name)]
public sealed class VirtioSessionTests
{
    private const int Sessions = 400;
    private const int Steps = 120;

    [Theory]
    [InlineData(1, VirtioTransportKind.Transitional, true, false)]
    [InlineData(2, VirtioTransportKind.Transitional, true, true)]
    [InlineData(3, VirtioTransportKind.Transitional, false, false)]
    [InlineData(4, VirtioTransportKind.Modern, true, false)]
    [InlineData(5, VirtioTransportKind.Legacy, true, true)]
    public async Task After_hostile_sessions_a_correct_driver_works(int seed, VirtioTransportKind transport, bool ioeventfd, bool asyncio)
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);
        var seen = 0;

        await node.AttackAsync(
            async cpu =>
            {
                for (var session = 0; session < Sessions; session++)
                {
                    var random = new Prng((ulong)seed, (ulong)session);
                    await recovery.PutBackAndProve(cpu, OptionsOf(random));
                    seen |= await Attack(cpu, random, transport);
                }

                var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
                await platform.PowerOff();
            },
            transport: transport,
            ioeventfd: ioeventfd,
            asyncio: asyncio);

        recovery.AssertProofs(Sessions + 1);

        // Sessions that no device takes seriously would prove nothing.
        Assert.Equal(VirtioSpec.StatusDriverOk | VirtioSpec.StatusNeedsReset, seen & (VirtioSpec.StatusDriverOk | VirtioSpec.StatusNeedsReset));
    }

    [Fact]
    public async Task Ten_thousand_kicks_of_hostile_rings_end()
    {
        using var node = new HostileNode();
        var recovery = new Recovery(node);

        await node.AttackAsync(async cpu =>
        {
            var random = new Prng(99, 0);
            await recovery.PutBackAndProve(cpu, new DriverOptions());
            for (var kicks = 0; kicks < 10_000; kicks += 100)
            {
                await recovery.PutBackAndProve(cpu, new DriverOptions());
                var driver = new HostileSession(cpu, random);
                for (var i = 0; i < 100; i++)
                {
                    driver.Scribble();
                    await driver.Kick();
                }
            }

            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            await platform.PowerOff();
        });

        recovery.AssertProofs(102);
    }

    /// <summary>One session. Gives the device status bits that were seen on the way.</summary>
    private static async GuestTask<int> Attack(GuestCpu cpu, Prng random, VirtioTransportKind transport)
    {
        var session = new HostileSession(cpu, random);
        var seen = 0;
        for (var step = 0; step < Steps; step++)
        {
            await session.Step();
            if (step % 10 == 0)
            {
                seen |= (int)(transport == VirtioTransportKind.Legacy
                    ? await cpu.In(PlatformSpec.PciIoStart + VirtioPciSpec.LegacyStatus, 1)
                    : await cpu.Load(PlatformSpec.PciHole64Start + VirtioPciSpec.CommonOffset + VirtioPciSpec.DeviceStatus, 1));
            }
        }

        return seen;
    }

    private static DriverOptions OptionsOf(Prng random) => new()
    {
        PreferLegacy = random.Below(2) == 0,
        UseMsix = random.Below(2) == 0,
        UseEcam = random.Below(2) == 0,
        EventIndex = random.Below(2) == 0,
        IndirectDescriptors = random.Below(2) == 0,
    };
}
