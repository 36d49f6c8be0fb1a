namespace Actors.Guest;

/// <summary>The machine has too little RAM for what its guest does. A program that doesn't catch it ends in a triple fault.</summary>
public sealed class InsufficientGuestMemoryException : Exception
{
    internal InsufficientGuestMemoryException(int bytes)
        : base($"The guest needs {bytes} bytes more RAM than the machine has: give it more memory.")
    {
    }
}
