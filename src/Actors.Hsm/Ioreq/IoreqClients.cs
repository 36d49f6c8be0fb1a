using System.Numerics;
using Actors.Protocol;

namespace Actors.Hsm;

/// <summary>The clients of one VM: those with ranges in the order of their making, and at most one default client.</summary>
internal class IoreqClients
{
    private IoreqClient[] _clients = [];

    public IoreqClient? Default { get; private set; }

    /// <summary>Clients with ranges.</summary>
    public int Count => _clients.Length;

    /// <summary>True while a client other than the default one works on something.</summary>
    public bool AnyBusyBesideDefault
    {
        get
        {
            foreach (var client in _clients)
            {
                if (client.Bitmap != 0)
                    return true;
            }

            return false;
        }
    }

    /// <summary>Adds a client; it is searched before those that are there.</summary>
    public Errno Add(IoreqClient client)
    {
        if (client.IsDefault)
            return Errno.Invalid;
        if (_clients.Length == HsmSpec.MaxClients)
            return Errno.NoMemory;

        Array.Resize(ref _clients, _clients.Length + 1);
        _clients[^1] = client;
        return Errno.Ok;
    }

    /// <summary>Forgets a client. Who removes it completes what it had in hand.</summary>
    public bool Remove(IoreqClient client)
    {
        int at = Array.IndexOf(_clients, client);
        if (at < 0)
            return false;

        var left = new IoreqClient[_clients.Length - 1];
        Array.Copy(_clients, left, at);
        Array.Copy(_clients, at + 1, left, at, left.Length - at);
        _clients = left;
        return true;
    }

    /// <summary>CREATE_IOREQ_CLIENT: Exists when there is one.</summary>
    public Errno CreateDefault(object server)
    {
        if (Default is not null)
            return Errno.Exists;

        Default = new IoreqClient(server);
        return Errno.Ok;
    }

    /// <summary>Forgets the default client.</summary>
    public void RemoveDefault() => Default = null;

    /// <summary>The newest client that contains the access and comes before <paramref name="below"/> in the search; null when only the default client is left.</summary>
    /// <param name="access">The access.</param>
    /// <param name="below">In: search clients made before this one (<see cref="Count"/> to begin). Out: where the one found stands.</param>
    public virtual IoreqClient? Find(in IoAccess access, ref int below)
    {
        while (--below >= 0)
        {
            var client = _clients[below];
            if (client.Claims(in access))
                return client;
        }

        return null;
    }

    /// <summary>Requests in hand over all clients.</summary>
    public int InHand
    {
        get
        {
            int sum = Default is null ? 0 : BitOperations.PopCount(Default.Bitmap);
            foreach (var client in _clients)
                sum += BitOperations.PopCount(client.Bitmap);
            return sum;
        }
    }
}
