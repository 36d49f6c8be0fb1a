using Actors.Guest;
using Actors.Protocol;

namespace Actors.Scenarios;

/// <summary>
/// Drivers that do anything in any order (rows 1-60), on the whole path: registers of both interfaces, rings anywhere, descriptors that may name anything.
/// After each session a correct driver must find a device as on the first day.
/// </summary>
[Collection(HostileCollection.Name)]
public sealed class VirtioSessionTests
{
    private const int Sessions = 400;

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
                    var random = new Random((seed * 1_000_003) + session);
                    await recovery.PutBackAndProve(cpu, OptionsOf(random));
                    seen |= await new HostileDriver(cpu, random).Run(isModern: transport != VirtioTransportKind.Legacy);
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
            var random = new Random(99);
            await recovery.PutBackAndProve(cpu, new DriverOptions());
            for (var kicks = 0; kicks < 10_000; kicks += 100)
            {
                await recovery.PutBackAndProve(cpu, new DriverOptions());
                var driver = new HostileDriver(cpu, random);
                for (var i = 0; i < 100; i++)
                {
                    driver.DisturbRings();
                    await driver.Kick();
                }
            }

            var platform = await recovery.PutBackAndProve(cpu, new DriverOptions());
            await platform.PowerOff();
        });

        recovery.AssertProofs(102);
    }

    private static DriverOptions OptionsOf(Random random) => new()
    {
        PreferLegacy = random.Next(2) == 0,
        UseMsix = random.Next(2) == 0,
        UseEcam = random.Next(2) == 0,
        EventIndex = random.Next(2) == 0,
        IndirectDescriptors = random.Next(2) == 0,
    };
}
