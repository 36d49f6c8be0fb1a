using System.Runtime.InteropServices;

namespace Actors.DeviceModel.Tests;

internal static partial class TestFifo
{
    public static void Make(string path) => Assert.Equal(0, MakeFifo(path, 0b110_110_110));

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
