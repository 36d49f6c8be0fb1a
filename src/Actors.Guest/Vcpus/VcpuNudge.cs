namespace Actors.Guest;

/// <summary>To a vCPU, from a test beside the path: its guest is to look what it is asked to do (<see cref="GuestCpu.WaitForNudge"/>).</summary>
internal sealed class VcpuNudge
{
    public static readonly VcpuNudge Instance = new();

    private VcpuNudge()
    {
    }
}
