using Actors.DeviceModel;

namespace PathScenarios;

/// <summary>A virtio device that is no part of Actors, on the transport that the built-in ones have. And what becomes of it when its code is wrong.</summary>
public sealed class S12_AVirtioDeviceOfYourOwn : MachineTest
{
    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void An_entropy_device_fills_a_buffer(MachineWorld world)
    {
        var machine = Boot(world, m => m.Device(slot: 6, () => new Entropy()));

        var bytes = machine.Run(async guest =>
        {
            var entropy = await guest.Virtio(slot: 6);
            return await entropy.Ask(queue: 0, [], replyBytes: 4);
        });

        Assert.Equal([7, 14, 21, 28], bytes);
        machine.ExpectNotify(queue: 0);
        machine.ExpectState("pci-0.6.0/queue-0/used", "1");
    }

    [Fact]
    public void Its_failure_is_its_own()
    {
        var machine = Boot(m => m.Device(slot: 6, () => new Entropy(isBroken: true)));

        machine.Start(async guest => await (await guest.Virtio(slot: 6)).Ask(queue: 0, [], replyBytes: 4));

        Assert.Contains("no entropy today", machine.ExpectDeviceFailure(new Bdf(0, 6, 0)).Reason, StringComparison.Ordinal);
        machine.Done(machine.Write("the console goes on"));
        machine.ExpectBytes("the console goes on");
    }

    private sealed class Entropy(bool isBroken = false) : OwnVirtioDevice(type: 4, 8)
    {
        private const long MaxBytes = 4096;

        private byte _next;

        protected override void OnNotify(int queue)
        {
            while (TryTake(queue, out var request))
            {
                if (isBroken)
                    throw new NotSupportedException("no entropy today");
                for (var left = Math.Min(request.WritableLeft, MaxBytes); left > 0; left--)
                    request.Write([_next += 7]);
                request.Complete();
            }
        }

        protected override void OnReset() => _next = 0;
    }
}
