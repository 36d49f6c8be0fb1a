using Actors.Protocol;

namespace Actors.Cluster;

/// <summary>Tells what VMs have in flight.</summary>
internal interface IVmCountsSource
{
    /// <summary>Of these VMs, those whose counts changed since the last call.</summary>
    IReadOnlyList<VmCounts> TakeChanged(IEnumerable<VmEntry> owned);
}
