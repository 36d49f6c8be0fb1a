using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Actors.Simulation;
using Xunit;

namespace Actors.TestKit;

/// <summary>Whose machine it is: what has to be known to come to it again.</summary>
/// <param name="Test">Full name of the test.</param>
/// <param name="Number">Which of the test's machines, from 1.</param>
/// <param name="Surroundings">What the environment says.</param>
internal sealed record MachineOrigin(string Test, int Number, TestSurroundings Surroundings)
{
    /// <summary>The command that runs the test.</summary>
    public string Command => $"dotnet test --filter \"FullyQualifiedName~{Test}\"";

    /// <summary>The log by which the machine is to run, or null.</summary>
    /// <exception cref="InvalidOperationException">The log is of a machine that was described otherwise.</exception>
    public ChoiceLog? LogFor(Plan plan)
    {
        if (Surroundings.LogOf(Test) is not { } log || log.Machine != Number)
            return null;
        return log.PlanText == PlanFile.Write(plan)
            ? log
            : throw new InvalidOperationException($"{ChoiceLog.ReplayVariable}: '{Surroundings.Replay}' is of a machine that was described otherwise: of another case of this test, or of the test as it was then.");
    }

    /// <summary>Name of a test that boots a machine: of the method that xunit runs, also when it boots through a method of its own.</summary>
    /// <param name="type">Class of the test.</param>
    /// <param name="caller">Name of the method that boots.</param>
    public static string NameOf(Type type, string caller)
    {
        if (type.GetMember(caller, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static).Any(IsTest))
            return $"{type.FullName}.{caller}";
        foreach (var frame in new StackTrace().GetFrames())
        {
            if (TestOf(frame.GetMethod(), type) is { } test)
                return $"{type.FullName}.{test}";
        }

        // On a thread of its own making: the class is all that is known.
        return type.FullName!;
    }

    /// <summary>Name of the test that a frame belongs to, or null.</summary>
    private static string? TestOf(MethodBase? method, Type type)
    {
        if (method?.DeclaringType is not { } declaring)
            return null;
        if (declaring.IsAssignableFrom(type))
            return IsTest(method) ? method.Name : null;

        // The body of an async test is a method of a type that the compiler makes inside of the test's.
        if (declaring.DeclaringType?.IsAssignableFrom(type) != true || !typeof(IAsyncStateMachine).IsAssignableFrom(declaring))
            return null;
        return declaring.DeclaringType.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .FirstOrDefault(made => made.GetCustomAttribute<AsyncStateMachineAttribute>()?.StateMachineType == declaring && IsTest(made))?.Name;
    }

    private static bool IsTest(MemberInfo member) => member.IsDefined(typeof(FactAttribute), inherit: true);
}
