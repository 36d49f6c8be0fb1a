using System.Text;
using Actors.Protocol;

namespace Actors.Cli;

/// <summary>A console port: <c>['@']type:name[=path][:role]</c>.</summary>
internal static class PortOption
{
    private const int MaxNameBytes = 255;
    private static readonly string[] Types = ["stdio", "tty", "pty", "file", "socket", "stream"];
    private static readonly string[] Roles = ["server", "client"];

    public static Parsed<ConsolePortSpec> Parse(string text)
    {
        var isConsole = text.StartsWith('@');
        var (typeText, rest) = Cut(isConsole ? text[1..] : text, ':');
        if (Array.FindIndex(Types, type => type.Equals(typeText, StringComparison.OrdinalIgnoreCase)) is var found && found < 0)
            return new Mistake($"'{text}' has no port type '{typeText}', the types are stdio, tty, pty, file, socket and stream{Spelling.Hint(typeText, Types)}");

        var type = Types[found];
        var (name, path) = Cut(rest ?? "", '=');
        if (name.Length == 0)
            return new Mistake($"'{text}' has no port name, write {(isConsole ? "@" : "")}{type}:NAME{(NeedsPath(type) ? "=" + PathName(type) : "")}");
        if (Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
            return new Mistake($"a port name has at most {MaxNameBytes} bytes, '{name[..16]}...' is longer");

        if (name.Any(char.IsControl))
            return new Mistake($"port name '{name}' has a control character in it, leave that out");

        return type == "socket" ? Socket(text, name, path, isConsole) : Other(text, type, name, path, isConsole);
    }

    private static Parsed<ConsolePortSpec> Socket(string text, string name, string? path, bool isConsole)
    {
        if (RoleOf(name) is { } misplaced)
            return new Mistake($"'{text}' has a role but no path, write socket:{name[..^(misplaced.Length + 1)]}=PATH:{misplaced}");

        // Only here a colon ends the path: the last one, and what follows it is the role.
        var role = SocketRole.Server;
        if (path is not null && path.LastIndexOf(':') is var colon and >= 0)
        {
            var word = path[(colon + 1)..];
            if (!Roles.Contains(word, StringComparer.OrdinalIgnoreCase))
                return new Mistake($"'{text}' has no role '{word}', a socket is server or client{Spelling.Hint(word, Roles)}");

            role = word.Equals("client", StringComparison.OrdinalIgnoreCase) ? SocketRole.Client : SocketRole.Server;
            path = path[..colon];
        }

        return string.IsNullOrEmpty(path)
            ? new Mistake($"'{text}' has no path, write socket:{name}=PATH or socket:{name}=PATH:client")
            : new ConsolePortSpec(name, isConsole, BackendKind.Socket, path, role);
    }

    private static Parsed<ConsolePortSpec> Other(string text, string type, string name, string? path, bool isConsole)
    {
        if (RoleOf(path ?? name) is { } role)
            return new Mistake($"'{text}' has a role, but {role} is for sockets and this is a {type} port");
        if (type == "stdio" && !string.IsNullOrEmpty(path))
            return new Mistake($"'{text}' has a path, but a stdio port has none, write {(isConsole ? "@" : "")}{type}:{name}");
        if (NeedsPath(type) && string.IsNullOrEmpty(path))
            return new Mistake($"'{text}' has no path, write {(isConsole ? "@" : "")}{type}:{name}={PathName(type)}");
        if (type == "pty" && path is { Length: 0 })
            return new Mistake($"'{text}' has an empty path, write {(isConsole ? "@" : "")}pty:{name} or {(isConsole ? "@" : "")}pty:{name}=PATH");

        return new ConsolePortSpec(name, isConsole, Enum.Parse<BackendKind>(type, ignoreCase: true), type == "stdio" ? null : path);
    }

    private static bool NeedsPath(string type) => type is "tty" or "file" or "socket" or "stream";

    private static string PathName(string type) => type == "stream" ? "HOST:PORT" : "PATH";

    private static string? RoleOf(string text) => Array.Find(Roles, role => text.EndsWith(":" + role, StringComparison.OrdinalIgnoreCase));

    private static (string Before, string? After) Cut(string text, char separator) =>
        text.IndexOf(separator) is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, null);
}
