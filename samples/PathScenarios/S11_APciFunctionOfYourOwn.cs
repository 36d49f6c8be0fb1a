using Actors.DeviceModel;

namespace PathScenarios;

/// <summary>A PCI function that is no part of Actors: found by the guest's enumeration, with a BAR, MSI-X, and DMA. It adds bytes in guest RAM.</summary>
public sealed class S11_APciFunctionOfYourOwn : MachineTest
{
    [Theory]
    [InlineData(MachineWorld.Simulated)]
    [InlineData(MachineWorld.RealTime)]
    public void The_guest_finds_the_adder_and_it_adds(MachineWorld world)
    {
        var machine = Boot(world, m => m.Device(slot: 5, () => new Adder()));

        var sum = machine.Run(async guest =>
        {
            var adder = await guest.Pci(slot: 5);
            var vector = (await adder.UseMsix())[0];
            var list = guest.Platform.Heap.Allocate(4);
            guest.Cpu.Memory.TryWrite(list, [1, 20, 30]);
            await adder.Write(bar: 0, offset: 0, list);
            await adder.Write(bar: 0, offset: 4, 3);
            await guest.WaitForInterrupt(vector);
            var answer = new byte[1];
            guest.Cpu.Memory.TryRead(list + 3, answer);
            return answer[0];
        });

        Assert.Equal(51, sum);
    }

    /// <summary>The address of a list is written to register 0, its length to register 4: then the sum of its bytes stands behind it.</summary>
    private sealed class Adder() : OwnPciDevice(vendor: 0x1234, device: 0x0ADD)
    {
        private const uint MaxBytes = 256;

        private ulong _list;

        public override IReadOnlyList<OwnBar> Bars => [new OwnBar(0, OwnBarSpace.Memory32, 16)];

        public override int MsixVectors => 1;

        protected override uint Read(int bar, uint offset, int size) => 0;

        protected override void Write(int bar, uint offset, int size, uint value)
        {
            if (offset == 0)
            {
                _list = value;
                return;
            }

            // A guest is hostile until proved otherwise: a length that it says has a bound, and RAM may refuse.
            var bytes = new byte[Math.Min(value, MaxBytes)];
            if (ReadGuest(_list, bytes) && WriteGuest(_list + (uint)bytes.Length, [(byte)bytes.Sum(one => one)]))
                RaiseMsix(0);
        }

        protected override void OnReset() => _list = 0;
    }
}
