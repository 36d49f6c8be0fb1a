using System.Diagnostics;
using System.Text;

namespace Actors.Scenarios;

/// <summary>socat as the terminal program at the other end of a pty.</summary>
internal static class Socat
{
    /// <summary>Writes a text to the device and reads back as many characters.</summary>
    public static async Task<string> TalkAsync(string device, string text)
    {
        var start = new ProcessStartInfo("socat") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add("-");
        start.ArgumentList.Add($"{device},raw,echo=0");
        using var socat = Process.Start(start)!;
        try
        {
            await socat.StandardInput.WriteAsync(text);
            await socat.StandardInput.FlushAsync();
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(10));
            var answer = new byte[Encoding.ASCII.GetByteCount(text)];
            await socat.StandardOutput.BaseStream.ReadExactlyAsync(answer, patience.Token);
            return Encoding.ASCII.GetString(answer);
        }
        finally
        {
            socat.Kill();
            await socat.WaitForExitAsync();
        }
    }
}
