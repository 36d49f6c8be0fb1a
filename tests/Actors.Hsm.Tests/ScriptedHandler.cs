namespace Actors.Hsm.Tests;

/// <summary>A client's handler that does as told and remembers what it saw.</summary>
internal sealed class ScriptedHandler(Func<IoreqContext, IoreqResult> script) : IIoreqClientHandler
{
    public ScriptedHandler(IoreqResult result)
        : this(_ => result)
    {
    }

    public List<IoreqContext> Seen { get; } = [];

    public IoreqResult Handle(in IoreqContext context)
    {
        Seen.Add(context);
        return script(context);
    }
}
