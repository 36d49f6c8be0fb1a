using System.Text;

namespace Actors.Guest.Tests;

/// <summary>A console port and the host at its other end.</summary>
internal sealed class ModelPort(string name, bool isConsole = false, bool hostOpen = true)
{
    public string Name { get; } = name;

    public bool IsConsole { get; } = isConsole;

    public bool HostOpen { get; set; } = hostOpen;

    public bool GuestOpen { get; set; }

    public bool Ready { get; set; }

    /// <summary>Bytes for the guest.</summary>
    public Queue<byte> Input { get; } = new();

    /// <summary>True: the host closes when the guest has all input, and unplugs the port when the guest closed it too: there will be no more.</summary>
    public bool CloseAtEnd { get; set; }

    /// <summary>Bytes from the guest.</summary>
    public MemoryStream Output { get; } = new();

    public string Text => Encoding.UTF8.GetString(Output.ToArray());

    public void Type(string text)
    {
        foreach (var b in Encoding.UTF8.GetBytes(text))
            Input.Enqueue(b);
    }

    public void Type(byte[] bytes)
    {
        foreach (var b in bytes)
            Input.Enqueue(b);
    }
}
