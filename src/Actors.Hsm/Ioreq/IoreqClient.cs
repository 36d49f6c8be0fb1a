using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>An ioreq client: a name, ranges, a bit for each vCPU whose request it has, and either a handler here or (default client) a server elsewhere.</summary>
internal sealed class IoreqClient
{
    private readonly IIoreqClientHandler? _handler;
    private readonly bool _isOwn;
    private ushort _bitmap;

    /// <summary>A client that works in the HSM, as ACRN's kernel clients.</summary>
    /// <param name="name">Cut to the length of ACRN's field.</param>
    /// <param name="handler">Serves its requests.</param>
    /// <param name="ranges">What it claims; null to begin with none.</param>
    /// <param name="isOwn">True for the HSM's own: what it throws is a crash of the HSM and not swallowed.</param>
    public IoreqClient(string name, IIoreqClientHandler handler, IoRangeSet? ranges = null, bool isOwn = false)
    {
        _isOwn = isOwn;
        Name = name.Length <= HsmSpec.MaxClientName ? name : name[..HsmSpec.MaxClientName];
        Ranges = ranges ?? new IoRangeSet();
        _handler = handler;
    }

    /// <summary>The default client: no ranges, served by the device model.</summary>
    public IoreqClient(object server)
    {
        Name = HsmSpec.DefaultClientName;
        Server = server;
    }

    /// <summary>A client as somebody defined it; Invalid or NoMemory when one of its ranges can't be.</summary>
    public static Errno Make(IoreqClientDefinition definition, out IoreqClient client)
    {
        client = new IoreqClient(definition.Name, definition.Handler);
        foreach (var range in definition.Ranges)
        {
            if (client.Ranges!.Add(in range) is not Errno.Ok and var error)
                return error;
        }

        return Errno.Ok;
    }

    public string Name { get; }

    /// <summary>Null for the default client.</summary>
    public IoRangeSet? Ranges { get; }

    /// <summary>Who serves the default client; null for others.</summary>
    public object? Server { get; }

    public bool IsDefault => _handler is null;

    /// <summary>A bit for each vCPU whose request it works on.</summary>
    public ushort Bitmap => _bitmap;

    public void SetBit(int vcpu) => _bitmap |= (ushort)(1 << vcpu);

    public void ClearBit(int vcpu) => _bitmap &= (ushort)~(1 << vcpu);

    /// <summary>Only ports and memory are matched, and only whole accesses.</summary>
    public bool Claims(in IoAccess access) =>
        access.Type is IoRequestType.PortIo or IoRequestType.Mmio && Ranges!.Contains(access.Type, access.Address, access.Size);

    /// <summary>Runs the handler. Whatever it throws is a failed request and nothing more: the vCPU goes on, and so does everybody else's dispatch.</summary>
    public IoreqResult Handle(in IoreqContext context)
    {
        try
        {
            return _handler!.Handle(in context);
        }
#pragma warning disable CA1031 // Handlers are anybody's code.
        catch (Exception) when (!_isOwn)
#pragma warning restore CA1031
        {
            return IoreqResult.Failed;
        }
    }
}
