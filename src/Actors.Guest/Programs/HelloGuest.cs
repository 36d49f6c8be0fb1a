using System.Text;

namespace Actors.Guest;

/// <summary>Greets on the first console port and ends.</summary>
internal sealed class HelloGuest(DriverOptions options) : BootGuest(options)
{
    protected override async GuestTask Main(GuestPlatform platform)
    {
        if (await platform.FindConsole() is not { } port)
            return;
        await port.Write(Encoding.UTF8.GetBytes(Greeting(platform, port)));
        await port.Flush();
    }

    private static string Greeting(GuestPlatform platform, GuestConsolePort port)
    {
        var transport = port.Driver.Transport!;
        var vcpus = platform.Cpu.VcpuCount == 1 ? "1 vCPU" : $"{platform.Cpu.VcpuCount} vCPUs";
        var name = port.Name.Length == 0 ? $"port {port.Id}" : $"port '{port.Name}'";
        return $"""
            Hello from a guest of Actors!
            I have {vcpus} and {platform.Cpu.MemoryBytes >> 20} MiB of RAM, and found a {(transport.IsModern ? "modern" : "legacy")} virtio console at {port.Driver.Device.Function}, {name}.
            This text went out by my driver's virtqueue, a doorbell, a VM exit, the hypervisor, the HSM and the device model to reach you.
            Powering off. Good-bye!

            """;
    }
}
