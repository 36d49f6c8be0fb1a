using Actors.Protocol;

namespace Actors.DeviceModel.Tests;

public sealed class PciBarAllocatorTests
{
    private readonly PciBarAllocator _allocator = new();

    [Fact]
    public void BARs_are_naturally_aligned_and_never_overlap()
    {
        Assert.Equal(0x2000UL, _allocator.Allocate(PciBarKind.Io, 0x40));
        Assert.Equal(0x2100UL, _allocator.Allocate(PciBarKind.Io, 0x100));
        Assert.Equal(0x2200UL, _allocator.Allocate(PciBarKind.Io, 4));
        Assert.Equal(0x8000_0000UL, _allocator.Allocate(PciBarKind.Memory32, 0x10));
        Assert.Equal(0x8000_4000UL, _allocator.Allocate(PciBarKind.Memory64, 0x4000));
        Assert.Equal(0x40_0000_0000UL, _allocator.Allocate(PciBarKind.Memory64, 1UL << 30));
    }

    [Fact]
    public void A_full_window_is_refused_in_words()
    {
        for (var i = 0; i < (PlatformSpec.PciIoEnd - PlatformSpec.PciIoStart) / 0x40; i++)
            _allocator.Allocate(PciBarKind.Io, 0x40);

        var refused = Assert.Throws<PciSetupException>(() => _allocator.Allocate(PciBarKind.Io, 0x40));
        Assert.Contains("I/O ports", refused.Message, StringComparison.Ordinal);
        Assert.Throws<PciSetupException>(() => _allocator.Allocate(PciBarKind.Memory32, 1UL << 31));
        Assert.Throws<PciSetupException>(() => _allocator.Allocate(PciBarKind.Memory64, 1UL << 39));
    }
}
