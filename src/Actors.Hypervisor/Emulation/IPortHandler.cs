namespace Actors.Hypervisor;

/// <summary>A device inside the hypervisor that is reached by ports.</summary>
internal interface IPortHandler
{
    /// <summary>For people who watch the path.</summary>
    string Name { get; }

    /// <summary>A guest reads. Only the low <paramref name="size"/> bytes of the value count.</summary>
    EmulationResult Read(ushort port, int size, out uint value);

    /// <summary>A guest writes.</summary>
    EmulationResult Write(ushort port, int size, uint value);
}
