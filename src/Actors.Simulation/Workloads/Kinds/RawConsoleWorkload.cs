using System.Collections.Immutable;
using Actors.Guest;
using Actors.Protocol;

namespace Actors.Simulation;

/// <summary>What a driver may do to a live device, or must not, between two halves of its traffic; afterwards everything works.</summary>
internal sealed class RawConsoleWorkload()
    : Workload("raw-console", "Each guest drives its first device register by register, does one act again and again between its bytes, and sends the rest.", All)
{
    private static readonly WorkloadOption Act = WorkloadOption.Word(
        "act",
        "The act: reset the queue with chains in flight and enable it with another size; write features of a live device, then reset it and agree on others; kick queues that aren't there yet; change size and addresses of a live queue; mask the queue's interrupts, and open them when one is pending",
        "queueReset",
        "renegotiate",
        "kickEarly",
        "resizeLive",
        "mask");

    private static readonly WorkloadOption Times = WorkloadOption.Number("times", "How often", 3, 0, 1000);
    private static readonly WorkloadOption Chain = WorkloadOption.Number("chain", "Bytes of a chain", 64, 1, Framing.MaxChain);

    private static ImmutableArray<WorkloadOption> All => [Act, Times, Chain];

    /// <inheritdoc/>
    public override WorkloadRun Begin(World world) => new RawRun(world);

    private sealed class RawRun(World world) : ProgramRun(world)
    {
        private const int Transmit = VirtioConsoleSpec.Port0Transmit;
        private const int MaxResetReads = 1000;
        private const int MaxSlices = 40;

        /// <summary>Entries of a queue that could be larger.</summary>
        private const int SmallQueue = 16;

        private static readonly int[] Sizes = [64, 8, 32, 16];

        protected override async GuestTask Run(GuestCpu cpu, int vm)
        {
            if (cpu.Index != 0)
                return;
            if (await RawConsole.Find(cpu) is { } console)
                await Session(cpu, console, new RawSender(cpu, console, BytePattern.OutputOf(vm, 0, 0), Chain.NumberOf(World.Plan)), RandomOf(vm, 0));
            else
                World.Mark("guest.no-port");
            await cpu.Out(PlatformSpec.Pm1aControlPort, 2, PlatformSpec.PowerOffValue);
        }

        private async GuestTask Session(GuestCpu cpu, RawConsole console, RawSender sender, Prng random)
        {
            var act = Act.WordOf(World.Plan);
            var times = Times.NumberOf(World.Plan);
            var isUp = act != "kickEarly" && await BringUp(console, sender, VirtioSpec.FeatureEventIndex, kicksEarly: false, act == "resizeLive" ? SmallQueue : 0);
            for (var time = 0; time < times; time++)
            {
                var until = World.WorkloadBytes * (time + 1) / (times + 1);
                if (isUp && act != "mask" && sender.Offer(until))
                    await console.Kick(Transmit);
                for (var slice = random.Below(MaxSlices); isUp && slice > 0; slice--)
                    await cpu.Pause();
                isUp = act switch
                {
                    "queueReset" => await ResetQueue(cpu, console, sender, Sizes[(time + 1) % Sizes.Length]),
                    "renegotiate" => await Renegotiate(console, sender, time),
                    "kickEarly" => await BringUp(console, sender, VirtioSpec.FeatureEventIndex, kicksEarly: true) && await sender.SendAll(until),
                    "mask" => await SendMasked(cpu, console, sender, until),
                    _ => await ResizeLive(console, sender, random) && await sender.SendAll(until),
                };
                if (!isUp)
                    World.Mark("guest.port-gone");
            }

            if (!isUp || !await sender.SendAll(World.WorkloadBytes))
                World.Mark("guest.port-gone");
        }

        private static async GuestTask<bool> BringUp(RawConsole console, RawSender sender, ulong features, bool kicksEarly, int size = 0)
        {
            if (await console.Negotiate(features) is not null)
                return false;
            if (kicksEarly)
            {
                for (var queue = 0; queue < VirtioConsoleSpec.ControlTransmit + 1; queue++)
                    await console.Kick(queue);
            }

            if (await console.Enable(Transmit, size) is not { } transmit)
                return false;
            sender.Use(transmit);
            if (kicksEarly)
            {
                // Available and kicked before DRIVER_OK: not to be taken now, but found then.
                sender.Offer(sender.Position + 1);
                await console.Kick(Transmit);
            }

            await console.Transport.DriverOk();
            return true;
        }

        private async GuestTask<bool> ResetQueue(GuestCpu cpu, RawConsole console, RawSender sender, int size)
        {
            if (sender.Queue!.HasUsed || sender.Queue.InFlight != 0)
                World.Mark("queue-reset.in-flight");
            await console.Write(VirtioPciSpec.QueueSelect, 2, Transmit);
            await console.Write(VirtioPciSpec.QueueReset, 2, 1);
            for (var reads = 0; await console.Read(VirtioPciSpec.QueueReset, 2) != 0; reads++)
            {
                if (reads == MaxResetReads)
                    return false;
                await cpu.Pause();
            }

            if (await console.Enable(Transmit, size) is not { } queue)
                return false;
            sender.Use(queue);
            return true;
        }

        private async GuestTask<bool> Renegotiate(RawConsole console, RawSender sender, int time)
        {
            if (sender.Queue!.InFlight != 0)
                World.Mark("renegotiate.in-flight");
            await console.Write(VirtioPciSpec.DriverFeatureSelect, 4, 0);
            var before = await console.Read(VirtioPciSpec.DriverFeature, 4);
            await console.Write(VirtioPciSpec.DriverFeature, 4, ~before & uint.MaxValue);
            if (await console.Read(VirtioPciSpec.DriverFeature, 4) != before)
                Violate("I18", "the features of a live device could be changed");
            return await BringUp(console, sender, (time & 1) == 0 ? VirtioSpec.FeatureIndirectDescriptors : VirtioSpec.FeatureEventIndex, kicksEarly: false);
        }

        /// <summary>What was sent is used while the interrupt is masked; it is pending then, and comes when the mask is gone.</summary>
        private async GuestTask<bool> SendMasked(GuestCpu cpu, RawConsole console, RawSender sender, long until)
        {
            await console.MaskQueues();
            sender.Ask();
            if (sender.Offer(until))
                await console.Kick(Transmit);
            for (var slice = 0; slice < MaxSlices && !sender.Queue!.HasUsed; slice++)
                await cpu.Pause();
            if (sender.Queue!.HasUsed)
                World.Mark("queue.used-while-masked");
            await console.UnmaskQueues();
            return await sender.SendAll(until);
        }

        private async GuestTask<bool> ResizeLive(RawConsole console, RawSender sender, Prng random)
        {
            await console.Write(VirtioPciSpec.QueueSelect, 2, Transmit);
            await console.Write(VirtioPciSpec.QueueSize, 2, random.Below(4) switch { 0 => 0, 1 => 0x8000, 2 => 2UL * (ulong)sender.Queue!.Size, _ => VirtioConsoleSpec.QueueSize });
            if (await console.Read(VirtioPciSpec.QueueSize, 2) != (ulong)sender.Queue!.Size)
                Violate("I18", "the size of a live queue could be changed");
            await console.Write(VirtioPciSpec.QueueDevice, 4, (ulong)random.Below(0x10_0000) & ~3UL);
            if (await console.Read(VirtioPciSpec.QueueDevice, 4) != sender.Queue.Layout.Used)
                Violate("I18", "the used ring of a live queue could be moved");
            World.Mark("queue.resized-live");
            return true;
        }
    }
}
