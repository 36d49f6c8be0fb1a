using Actors.Protocol;

namespace Actors.Guest.Tests;

public sealed class GuestRamDirectoryTests
{
    private static readonly VmId Vm = new(7);

    [Fact]
    public void A_VM_finds_its_own_RAM()
    {
        var directory = new GuestRamDirectory();

        var ram = directory.Create(Vm, 8192);
        directory.Create(new VmId(8), 4096);

        Assert.Same(ram, directory.Find(Vm));
        Assert.True(ram.IsRam(8191, 1));
        Assert.Equal(2, directory.Count);
    }

    [Fact]
    public void A_VM_without_RAM_has_none()
    {
        var directory = new GuestRamDirectory();

        Assert.Null(directory.Find(Vm));
        directory.Clear(Vm);
        directory.Remove(Vm);
    }

    [Fact]
    public void A_new_incarnation_gets_new_RAM()
    {
        var directory = new GuestRamDirectory();
        var old = directory.Create(Vm, 4096);
        old.TryWriteUInt32(0, 1);

        var created = directory.Create(Vm, 4096);

        Assert.NotSame(old, created);
        Assert.Same(created, directory.Find(Vm));
        created.TryReadUInt32(0, out var value);
        Assert.Equal(0u, value);
    }

    [Fact]
    public void Clearing_keeps_the_RAM_and_forgets_its_bytes()
    {
        var directory = new GuestRamDirectory();
        var ram = directory.Create(Vm, 4096);
        ram.TryWriteUInt32(0, 1);

        directory.Clear(Vm);

        Assert.Same(ram, directory.Find(Vm));
        ram.TryReadUInt32(0, out var value);
        Assert.Equal(0u, value);
    }

    [Fact]
    public void Removed_RAM_is_not_found_but_still_usable_by_who_holds_it()
    {
        var directory = new GuestRamDirectory();
        var ram = directory.Create(Vm, 4096);

        directory.Remove(Vm);

        Assert.Null(directory.Find(Vm));
        Assert.True(ram.TryWriteUInt32(0, 5));
        Assert.True(ram.TryReadUInt32(0, out var value));
        Assert.Equal(5u, value);
    }
}
