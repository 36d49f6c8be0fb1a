using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Hyperion;

namespace Actors.Protocol;

/// <summary>
/// The closed list in the terms of Hyperion's own check, which asks by name: with version, culture and key when writing, without them and with a short name for the
/// core library when reading. (Hyperion's TypeFilter knows only the second spelling and so refuses to write anything.)
/// </summary>
internal sealed partial class WireTypeFilter : ITypeFilter
{
    private static readonly FrozenSet<string> Allowed = WireTypes.All.Select(type => Plain(type.AssemblyQualifiedName!)).ToFrozenSet();

    public bool IsAllowed(string typeName) => Allowed.Contains(Plain(typeName));

    private static string Plain(string name) => CoreLibrary().Replace(Decoration().Replace(name, ""), "%core%").Replace(", ", ",", StringComparison.Ordinal);

    [GeneratedRegex(", ?Version=[^,\\]]*|, ?Culture=[^,\\]]*|, ?PublicKeyToken=[^,\\]]*")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"System\.Private\.CoreLib|mscorlib|%core%")]
    private static partial Regex CoreLibrary();
}
