namespace Actors.Protocol;

/// <summary>What came of reading bytes of ACRN's ABI. Whoever wrote them may be hostile, so a reader answers with one of these and never throws.</summary>
public enum AbiResult : byte
{
    /// <summary>Read, or written.</summary>
    Ok,

    /// <summary>Fewer bytes than the structure has (a page: not exactly its size).</summary>
    BadLength,

    /// <summary>A slot that the page doesn't have.</summary>
    BadSlot,

    /// <summary>A request or descriptor type that doesn't exist.</summary>
    BadType,

    /// <summary>Neither read nor write.</summary>
    BadDirection,

    /// <summary>An access size that its type can't have.</summary>
    BadSize,

    /// <summary>An address outside its space: a port above 0xFFFF, a bus, device, function or register that can't be.</summary>
    BadAddress,

    /// <summary>A slot state that doesn't exist.</summary>
    BadState,

    /// <summary>A reserved field that must be 0 isn't.</summary>
    BadReserved,

    /// <summary>A ring without its magic number.</summary>
    BadMagic,

    /// <summary>A ring whose sizes or positions contradict each other.</summary>
    BadGeometry,

    /// <summary>The ring takes no more.</summary>
    Full,

    /// <summary>The ring holds nothing.</summary>
    Empty,
}
