using Actors.Cluster;
using Actors.Protocol;
using Actors.Simulation;

namespace Actors.Cli;

/// <summary>What is kept of each VM.</summary>
internal sealed partial class RealVms
{
    private sealed class Stream(RealVms vms, int id, Entry vm) : IStreamTap
    {
        public void Claim(FencingToken fence, bool isTakeover) => vms.Claim(id, vm, fence);

        public void Take(FencingToken fence, ReadOnlySpan<byte> bytes) => vms.Take(id, vm, fence, bytes);
    }

    private sealed class Entry(int vm)
    {
        public StreamRules Bytes { get; } = new(vm, Lines);

        public ClusterHop.VmUp? Up { get; set; }

        public ClusterHop.VmDown? Down { get; set; }

        public ulong Claimed { get; set; }

        public bool IsNew { get; set; }

        /// <summary>Processes that wrote, where tokens don't tell.</summary>
        public List<int> Processes { get; } = [];

        public int Writers { get; set; }

        public TimeSpan LastByte { get; set; }

        public TimeSpan Recovery { get; set; }

        public TimeSpan Stall { get; set; }
    }
}
