using System.Diagnostics;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace Actors.TestKit;

/// <summary>
/// What leaves the body of a test, whatever it is. xunit 2 tells a test's class nothing of its outcome; but an exception that gets out of a body passes through xunit's own code, and the runtime says of
/// each exception where it is thrown. One that a test catches never comes there.
/// </summary>
internal static class EscapedExceptions
{
    private const string Xunit = "xunit.execution";

    private static readonly AsyncLocal<Box?> Current = new();

    static EscapedExceptions() => AppDomain.CurrentDomain.FirstChanceException += OnThrown;

    /// <summary>From now on what escapes from the test that is being made here is kept.</summary>
    public static Box Watch() => Current.Value = new Box();

    private static void OnThrown(object? sender, FirstChanceExceptionEventArgs thrown)
    {
        if (Current.Value is { Escaped: null } box && IsInXunit(new StackTrace(fNeedFileInfo: false)))
            box.Escaped = thrown.Exception is TargetInvocationException { InnerException: { } inner } ? inner : thrown.Exception;
    }

    /// <summary>Whether the code that is being left is xunit's: the nearest that isn't the runtime's, nor this.</summary>
    private static bool IsInXunit(StackTrace stack)
    {
        foreach (var frame in stack.GetFrames())
        {
            var assembly = frame.GetMethod()?.DeclaringType?.Assembly;
            if (assembly is null || assembly == typeof(object).Assembly || assembly == typeof(EscapedExceptions).Assembly)
                continue;
            return assembly.GetName().Name!.StartsWith(Xunit, StringComparison.Ordinal);
        }

        return false;
    }

    /// <summary>What escaped from one test.</summary>
    internal sealed class Box
    {
        /// <summary>The first exception that got out of the test's body; null: none.</summary>
        public Exception? Escaped { get; set; }
    }
}
