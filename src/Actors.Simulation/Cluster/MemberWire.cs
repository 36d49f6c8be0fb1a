namespace Actors.Simulation;

/// <summary>Messages between members as bytes: their fields one after the other, and a checksum behind them as a connection's has.</summary>
internal static class MemberWire
{
    private const int SumBytes = 8;

    private const int MaxEntries = 1024;

    /// <summary>Bytes of a message; empty when it isn't one of members'.</summary>
    public static byte[] Write(object message)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        switch (message)
        {
            case MemberHop.Heartbeat m:
                Begin(1, m.From, m.Life);
                writer.Write(m.Version);
                writer.Write(m.Members.Length);
                foreach (var member in m.Members)
                {
                    writer.Write(member.Life);
                    writer.Write((byte)member.Status);
                }

                writer.Write(m.Owners.Length);
                foreach (var owner in m.Owners)
                {
                    Entry(owner.Token, owner.Node, owner.Life);
                    writer.Write((byte)owner.State);
                }

                writer.Write(m.Asking.Length);
                foreach (var token in m.Asking)
                    writer.Write(token);

                break;
            case MemberHop.Take m:
                Begin(2, m.From, m.Life);
                writer.Write(m.Vm);
                writer.Write(m.Known);
                break;
            case MemberHop.Propose m:
                Begin(3, m.From, m.Life);
                Asked(m.Vm, m.Token, m.IsEnd);
                break;
            case MemberHop.Accepted m:
                Begin(4, m.From, m.Life);
                Asked(m.Vm, m.Token, m.IsEnd);
                break;
            case MemberHop.Rejected m:
                Begin(5, m.From, m.Life);
                Asked(m.Vm, m.Token, m.IsEnd);
                Entry(m.Stored.Token, m.Stored.Node, m.Stored.Life);
                writer.Write(m.Stored.IsEnd);
                break;
            case MemberHop.ReadRegister m:
                Begin(6, m.From, m.Life);
                break;
            case MemberHop.RegisterCopy m:
                Begin(7, m.From, m.Life);
                writer.Write(m.Entries.Length);
                foreach (var entry in m.Entries)
                {
                    Entry(entry.Token, entry.Node, entry.Life);
                    writer.Write(entry.IsEnd);
                }

                break;
            default:
                return [];
        }

        writer.Write(TraceHash.Of(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        return bytes.ToArray();

        void Begin(byte kind, int from, int life)
        {
            writer.Write(kind);
            writer.Write(from);
            writer.Write(life);
        }

        void Asked(int vm, ulong token, bool isEnd)
        {
            writer.Write(vm);
            writer.Write(token);
            writer.Write(isEnd);
        }

        void Entry(ulong token, int node, int life)
        {
            writer.Write(token);
            writer.Write(node);
            writer.Write(life);
        }
    }

    /// <summary>The same bytes but for one bit.</summary>
    public static byte[] Turned(byte[] bytes, long bit)
    {
        if (bytes.Length > 0)
        {
            var at = (int)((ulong)bit % ((ulong)bytes.Length * 8));
            bytes[at / 8] ^= (byte)(1 << (at % 8));
        }

        return bytes;
    }

    /// <summary>The message of bytes, or null when they are damaged.</summary>
    public static object? Read(byte[] bytes, bool checks)
    {
        if (bytes.Length < SumBytes || (checks && BitConverter.ToUInt64(bytes, bytes.Length - SumBytes) != TraceHash.Of(bytes.AsSpan(0, bytes.Length - SumBytes))))
            return null;
        using var reader = new BinaryReader(new MemoryStream(bytes));
        try
        {
            var (kind, from, life) = (reader.ReadByte(), reader.ReadInt32(), reader.ReadInt32());
            return kind switch
            {
                1 => new MemberHop.Heartbeat(
                    from, life, reader.ReadUInt64(), Many(() => new MemberState(reader.ReadInt32(), (MemberStatus)reader.ReadByte())),
                    Many(() => new OwnerRecord(reader.ReadUInt64(), reader.ReadInt32(), reader.ReadInt32(), (OwnerState)reader.ReadByte())), Many(reader.ReadUInt64)),
                2 => new MemberHop.Take(from, life, reader.ReadInt32(), reader.ReadUInt64()),
                3 => new MemberHop.Propose(from, life, reader.ReadInt32(), reader.ReadUInt64(), reader.ReadBoolean()),
                4 => new MemberHop.Accepted(from, life, reader.ReadInt32(), reader.ReadUInt64(), reader.ReadBoolean()),
                5 => new MemberHop.Rejected(from, life, reader.ReadInt32(), reader.ReadUInt64(), reader.ReadBoolean(), Entry()),
                6 => new MemberHop.ReadRegister(from, life),
                7 => new MemberHop.RegisterCopy(from, life, Many(Entry)),
                _ => null,
            };
        }
        catch (Exception damaged) when (damaged is IOException or InvalidDataException)
        {
            return null;
        }

        RegisterEntry Entry() => new(reader.ReadUInt64(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());

        T[] Many<T>(Func<T> read)
        {
            var count = reader.ReadInt32();
            if ((uint)count > MaxEntries)
                throw new InvalidDataException();
            var all = new T[count];
            for (var i = 0; i < count; i++)
                all[i] = read();
            return all;
        }
    }
}

/// <summary>Bytes that nobody checks; only a flaw has them.</summary>
internal sealed class UncheckedWire;
