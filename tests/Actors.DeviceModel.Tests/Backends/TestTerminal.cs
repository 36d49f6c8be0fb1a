using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Actors.DeviceModel.Tests;

/// <summary>A pseudo terminal in the modes that a login has, of which the test holds both sides.</summary>
internal sealed class TestTerminal : IDisposable
{
    private const nuint TIOCSWINSZ = 0x5414;

    private readonly SafeFileHandle _slave;

    public unsafe TestTerminal()
    {
        var master = Libc.OpenPseudoTerminal(LinuxSpec.O_RDWR | LinuxSpec.O_NOCTTY | LinuxSpec.O_CLOEXEC);
        Assert.Equal(0, Libc.GrantPseudoTerminal(master));
        Assert.Equal(0, Libc.UnlockPseudoTerminal(master));
        var name = stackalloc byte[64];
        Assert.Equal(0, Libc.NameOfSlave(master, name, 64));
        Name = Encoding.UTF8.GetString(System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
        Master = new FileStream(new SafeFileHandle(master.Number, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
        master.SetHandleAsInvalid();
        var slave = Libc.Open(Name, LinuxSpec.O_RDWR | LinuxSpec.O_NOCTTY | LinuxSpec.O_CLOEXEC, 0);
        _slave = new SafeFileHandle(slave.Number, ownsHandle: true);
        slave.SetHandleAsInvalid();
    }

    public string Name { get; }

    public FileStream Master { get; }

    public int SlaveNumber => (int)_slave.DangerousGetHandle();

    public TerminalSettings Modes
    {
        get
        {
            Assert.True(Termios.TryGet(SafeDescriptor.Inherited(SlaveNumber), out var modes));
            ReadOnlySpan<byte> characters = modes.Characters;
            return new TerminalSettings(modes.Input, modes.Output, modes.Control, modes.Local, Convert.ToHexString(characters), modes.InputSpeed, modes.OutputSpeed);
        }
    }

    public unsafe void SetSize(ushort columns, ushort rows)
    {
        var size = new WindowSize { Columns = columns, Rows = rows };
        Assert.Equal(0, Libc.GetWindowSize(SafeDescriptor.Inherited(SlaveNumber), TIOCSWINSZ, &size));
    }

    /// <summary>The terminal's other side goes away.</summary>
    public void HangUp() => Master.Dispose();

    public void Dispose()
    {
        Master.Dispose();
        _slave.Dispose();
    }
}

/// <summary>All of a terminal's modes, to compare.</summary>
internal sealed record TerminalSettings(uint Input, uint Output, uint Control, uint Local, string Characters, uint InputSpeed, uint OutputSpeed);
