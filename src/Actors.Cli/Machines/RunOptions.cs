using Actors.Protocol;

namespace Actors.Cli;

/// <summary>What a run needs beside the machine's description.</summary>
/// <param name="Trace">Recorder of hops, or null.</param>
/// <param name="Notice">Takes what a person should know when the machine runs, such as the name of a pty. Any thread.</param>
/// <param name="Inspect">What of the machine's state is to be shown, or null.</param>
internal sealed record RunOptions(PathTrace? Trace, Action<string> Notice, InspectRequest? Inspect = null);
