using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Actors.DeviceModel.LinuxSpec;

namespace Actors.DeviceModel;

/// <summary>struct termios as glibc and musl lay it out on x86-64 and arm64: 60 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Termios
{
    public uint Input;
    public uint Output;
    public uint Control;
    public uint Local;
    public byte LineDiscipline;
    public ControlCharacters Characters;
    public uint InputSpeed;
    public uint OutputSpeed;

    /// <summary>Reads a terminal's modes.</summary>
    public static unsafe bool TryGet(SafeDescriptor terminal, out Termios modes)
    {
        fixed (Termios* target = &modes)
            return Libc.GetTerminalModes(terminal, target) == 0;
    }

    /// <summary>Sets a terminal's modes at once: waiting for output to drain could block behind a stopped terminal.</summary>
    public static unsafe bool TrySet(SafeDescriptor terminal, Termios modes)
    {
        int result;
        do
            result = Libc.SetTerminalModes(terminal, TCSANOW, &modes);
        while (result < 0 && Libc.LastError == EINTR);

        return result == 0;
    }

    /// <summary>
    /// Bytes as they come, one at a time (cfmakeraw), modem lines ignored, but output post-processing kept as it was wanted by ACRN: forced on, so
    /// that a guest's "\n" still starts a line at the left. <paramref name="keepSignals"/>: Ctrl-C and its like still raise signals here.
    /// </summary>
    public readonly Termios Raw(bool keepSignals)
    {
        var raw = this;
        raw.Input &= ~(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        raw.Output |= OPOST;
        raw.Local &= ~(ECHO | ECHONL | ICANON | IEXTEN | (keepSignals ? 0 : ISIG));
        raw.Control = (raw.Control & ~(CSIZE | PARENB)) | CS8 | CLOCAL;
        raw.Characters[VMIN] = 1;
        raw.Characters[VTIME] = 0;
        return raw;
    }

    /// <summary>Bytes leave as they come, too: no "\r" before a "\n". On a pseudo terminal's slave side this is what a user sends to the guest.</summary>
    public readonly Termios WithoutOutputProcessing()
    {
        var raw = this;
        raw.Output &= ~OPOST;
        return raw;
    }

    /// <summary>c_cc.</summary>
    [InlineArray(32)]
    internal struct ControlCharacters
    {
        private byte _first;
    }
}
