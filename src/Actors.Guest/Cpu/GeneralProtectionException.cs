using Actors.Protocol;

namespace Actors.Guest;

/// <summary>#GP(0): comes out of an await when the access was not carried out. A program that doesn't catch it ends in a triple fault.</summary>
public sealed class GeneralProtectionException : Exception
{
    internal GeneralProtectionException(IoAccess access)
        : base($"#GP on {access}") => Access = access;

    /// <summary>The access.</summary>
    public IoAccess Access { get; }
}
