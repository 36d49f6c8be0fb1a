namespace Actors.Hsm;

/// <summary>
/// What an ioreq client does with a request in one of its ranges. Runs on the thread of the VM's HSM actor: it must not block, and what takes
/// time is answered by <see cref="IoreqResult.Later"/> and <see cref="IoreqClientDone"/>. An exception counts as <see cref="IoreqResult.Failed"/>.
/// </summary>
public interface IIoreqClientHandler
{
    /// <summary>Serves a request.</summary>
    IoreqResult Handle(in IoreqContext context);
}
