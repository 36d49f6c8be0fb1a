using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>Accesses of every kind from all processors at once: the histories that the slot automaton and the linearizability of a device's registers are judged by.</summary>
internal sealed class RawExitsWorkload()
    : Workload("raw-exits", "Every processor of each guest makes so many accesses as it has bytes: CF8/CFC, ports, memory, configuration space and registers of one device.", [])
{
    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new ExitsRun(world);

    private sealed class ExitsRun(World world) : ProgramRun(world)
    {
        private const ushort NobodysPort = 0x300;
        private const ulong NobodysMemory = PlatformSpec.PciHole32End - 0x1000;
        private const ulong Common = PlatformSpec.PciHole64Start + VirtioPciSpec.CommonOffset;
        private const uint ConfigEnable = 0x8000_0000;

        /// <summary>Registers of a console's function that read differently.</summary>
        private static readonly int[] Registers = [PciSpec.VendorId, PciSpec.Command, PciSpec.Revision, PciSpec.Bar0, PciSpec.SubsystemVendorId, PciSpec.CapabilityPointer, PciSpec.InterruptLine];

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            var random = RandomOf(vm, cpu.Index);
            if (cpu.Index != 0)
            {
                var worker = await ProcessorCrew.Join(cpu);
                await Work(cpu, random);
                await worker.Finish();
                return;
            }

            var apic = new LocalApic(cpu);
            await apic.Enable();
            await new EcamConfigAccess(cpu).Write(MachineNames.Function(0), PciSpec.Command, 2, PciSpec.CommandIo | PciSpec.CommandMemory);
            var crew = await ProcessorCrew.Start(cpu, apic, new InterruptDispatcher(cpu, apic));
            await Work(cpu, random);
            await crew.WaitForOthers();
            await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
        }

        private async GuestTask Work(GuestCpu cpu, Prng random)
        {
            for (var left = World.WorkloadBytes; left > 0; left--)
                await Access(cpu, random);
        }

        private static async GuestTask Access(GuestCpu cpu, Prng random)
        {
            var ecam = new EcamConfigAccess(cpu);
            var function = MachineNames.Function(0);
            switch (random.Below(12))
            {
                case 0:
                    await cpu.Out(PlatformSpec.PciConfigAddressPort, 4, ConfigEnable | ((uint)function.RequesterId << 8) | (uint)Registers[random.Below(Registers.Length)] & 0xFCu);
                    break;
                case 1:
                    await cpu.In((ushort)(PlatformSpec.PciConfigDataPort + random.Below(4)), 1);
                    break;
                case 2:
                    await cpu.In(PlatformSpec.PciConfigDataPort, 4);
                    break;
                case 3:
                    await ecam.Write(function, PciSpec.InterruptLine, 1, (uint)random.Below(256));
                    break;
                case 4:
                    await ecam.Read(function, PciSpec.InterruptLine, 1);
                    break;
                case 5:
                    await ecam.Read(function, Registers[random.Below(Registers.Length)], 2);
                    break;
                case 6:
                    await cpu.In(NobodysPort, 1 << random.Below(3));
                    break;
                case 7:
                    await cpu.Load(NobodysMemory, 1 << random.Below(4));
                    break;
                case 8:
                    await cpu.Store(Common + VirtioPciSpec.DeviceFeatureSelect, 4, (ulong)random.Below(3));
                    break;
                case 9:
                    await cpu.Load(Common + VirtioPciSpec.DeviceFeature, 4);
                    break;
                case 10:
                    await cpu.Store(Common + VirtioPciSpec.QueueSelect, 2, (ulong)random.Below(6));
                    break;
                default:
                    await cpu.Load(Common + VirtioPciSpec.QueueSize, 2);
                    break;
            }
        }
    }
}
