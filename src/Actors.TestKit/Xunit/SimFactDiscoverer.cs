using Xunit.Abstractions;
using Xunit.Sdk;

namespace Actors.TestKit;

/// <summary>Makes the test case of a <see cref="SimFactAttribute"/>.</summary>
/// <param name="sink">Where xunit hears of what is wrong with tests.</param>
public sealed class SimFactDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        ArgumentNullException.ThrowIfNull(factAttribute);
        return [SimTestCase.Of(sink, discoveryOptions, testMethod, factAttribute, string.Empty)];
    }
}

/// <summary>Makes the test cases of a <see cref="SimTheoryAttribute"/>.</summary>
/// <param name="sink">Where xunit hears of what is wrong with tests.</param>
public sealed class SimTheoryDiscoverer(IMessageSink sink) : IXunitTestCaseDiscoverer
{
    /// <inheritdoc/>
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        ArgumentNullException.ThrowIfNull(factAttribute);
        var pattern = factAttribute.GetNamedArgument<string>(nameof(SimTheoryAttribute.Plan));
        var files = Files(pattern);
        return files.Count == 0
            ? [new ExecutionErrorTestCase(sink, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, $"There is no plan file '{pattern}' in {AppContext.BaseDirectory}.")]
            : files.Select(file => SimTestCase.Of(sink, discoveryOptions, testMethod, factAttribute, file));
    }

    private static List<string> Files(string pattern)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, Path.GetDirectoryName(pattern) ?? string.Empty);
        var name = Path.GetFileName(pattern);
        return name.Length == 0 || !Directory.Exists(folder) ? [] : [.. Directory.EnumerateFiles(folder, name).Order(StringComparer.Ordinal)];
    }
}
